"""Every SQL statement about orders and their lines."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from asyncpg import Record

from ..chassis.database import Transaction
from ..chassis.errors import NotFound
from ..chassis.money import Money
from .models import Order, Status
from .rejection import Rejection
from .values import Address, OrderLine, Totals

_ORDERS = """
    SELECT *, ARRAY(
        SELECT row_to_json(order_lines)::text FROM order_lines
        WHERE order_id = orders.id ORDER BY position
    ) AS lines
    FROM orders
"""
_PARTS: Final = ("items", "shipping", "tax", "discount", "grand")
_PLAIN: Final = (
    "id",
    "number",
    "user_id",
    "cart_id",
    "cart_version",
    "address_id",
    "payment_method",
    "status",
    "reason",
    "before_refund",
    "expires_at",
    "version",
    "created_at",
    "updated_at",
)


async def add(tx: Transaction, order: Order) -> bool:
    """Whether it was added: a cart as it is can be ordered once."""
    row = await tx.fetchrow(
        """
        INSERT INTO orders (id, number, user_id, cart_id, cart_version, address_id,
            payment_method, status, currency, grand_minor, expires_at, version,
            created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
        ON CONFLICT (cart_id, cart_version) WHERE status NOT IN ('cancelled', 'rejected')
        DO NOTHING RETURNING id
        """,
        order.id,
        order.number,
        order.user_id,
        order.cart_id,
        order.cart_version,
        order.address_id,
        order.payment_method,
        order.status,
        order.grand.currency,
        order.grand.amount,
        order.expires_at,
        order.version,
        order.created_at,
        order.updated_at,
    )
    return row is not None


async def add_lines(tx: Transaction, id: UUID, lines: Sequence[OrderLine]) -> None:
    await tx.executemany(
        """
        INSERT INTO order_lines
            (order_id, position, product_id, sku, name, quantity, unit_price_minor)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        """,
        [(id, position, *_line_values(line)) for position, line in enumerate(lines, start=1)],
    )


async def get(tx: Transaction, id: UUID) -> Order:
    row = await tx.fetchrow(f"{_ORDERS} WHERE id = $1", id)
    if row is None:
        raise NotFound(f"no order {id}")
    return _order(row)


async def get_to_change(tx: Transaction, id: UUID) -> Order:
    """The row, locked until the transaction ends; whatever changes an order begins with this."""
    order = await find_to_change(tx, id)
    if order is None:
        raise NotFound(f"no order {id}")
    return order


async def find_to_change(tx: Transaction, id: UUID) -> Order | None:
    """Locked first and read then: one statement would read the lines as of before it waited."""
    await tx.execute("SELECT FROM orders WHERE id = $1 FOR UPDATE", id)
    row = await tx.fetchrow(f"{_ORDERS} WHERE id = $1", id)
    return _order(row) if row else None


async def find_of_cart(tx: Transaction, cart_id: UUID, cart_version: int) -> Order | None:
    row = await tx.fetchrow(
        f"""
        {_ORDERS} WHERE cart_id = $1 AND cart_version = $2
        AND status NOT IN ('cancelled', 'rejected')
        """,
        cart_id,
        cart_version,
    )
    return _order(row) if row else None


async def list_before(
    tx: Transaction, id: UUID, limit: int, *, user_id: UUID | None, status: Status | None
) -> list[Order]:
    """The newest first; of one user, or of all."""
    rows = await tx.fetch(
        f"""
        {_ORDERS} WHERE id < $1 AND ($3::uuid IS NULL OR user_id = $3)
        AND ($4::text IS NULL OR status = $4) ORDER BY id DESC LIMIT $2
        """,
        id,
        limit,
        user_id,
        status,
    )
    return [_order(row) for row in rows]


async def list_of_user_to_change(tx: Transaction, user_id: UUID) -> list[Order]:
    await tx.execute("SELECT FROM orders WHERE user_id = $1 ORDER BY id FOR UPDATE", user_id)
    return await list_of_user(tx, user_id)


async def list_of_user(tx: Transaction, user_id: UUID) -> list[Order]:
    rows = await tx.fetch(f"{_ORDERS} WHERE user_id = $1 ORDER BY id", user_id)
    return [_order(row) for row in rows]


async def save(tx: Transaction, order: Order) -> None:
    parts = order.totals.model_dump() if order.totals else {}
    await tx.execute(
        """
        UPDATE orders SET user_id = $2, address_id = $3, status = $4, reason = $5, rejection = $6,
            before_refund = $7, items_minor = $8, shipping_minor = $9, tax_minor = $10,
            discount_minor = $11, address = $12, version = $13, updated_at = $14
        WHERE id = $1
        """,
        order.id,
        order.user_id,
        order.address_id,
        order.status,
        order.reason,
        order.rejection and order.rejection.model_dump_json(),
        order.before_refund,
        *(parts[part]["amount"] if parts else None for part in _PARTS[:-1]),
        order.address and order.address.model_dump_json(),
        order.version,
        order.updated_at,
    )


def _line_values(line: OrderLine) -> tuple[object, ...]:
    return (line.product_id, line.sku, line.name, line.quantity, line.unit_price.amount)


def _order(row: Record) -> Order:
    currency = row["currency"]
    money = {
        part: Money(amount=row[f"{part}_minor"], currency=currency)
        for part in _PARTS
        if row[f"{part}_minor"] is not None
    }
    return Order(
        **{name: row[name] for name in _PLAIN},
        grand=money["grand"],
        totals=Totals(**money) if len(money) == len(_PARTS) else None,
        lines=tuple(_line(json.loads(text), currency) for text in row["lines"]),
        rejection=row["rejection"] and Rejection.model_validate_json(row["rejection"]),
        address=row["address"] and Address.model_validate_json(row["address"]),
    )


def _line(row: dict[str, Any], currency: str) -> OrderLine:  # Any: JSON
    price = Money(amount=row["unit_price_minor"], currency=currency)
    return OrderLine(**row, unit_price=price)
