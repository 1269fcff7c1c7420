"""Every SQL statement about carts and their lines."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from asyncpg import Record

from ..chassis.database import Transaction
from ..chassis.money import Money
from .line import Line
from .models import Cart
from .owner import Owner

# One statement, one moment: a cart is never read with the lines of its next version.
_SELECT = """
    SELECT carts.*, ARRAY(
        SELECT cart_lines FROM cart_lines WHERE cart_id = carts.id ORDER BY added_at, product_id
    ) AS lines
    FROM carts
"""


async def add(tx: Transaction, cart: Cart) -> bool:
    """Whether it was added, without lines: a user has one active cart only."""
    row = await tx.fetchrow(
        """
        INSERT INTO carts (id, user_id, guest_token_hash, status, version, created_at, updated_at,
            expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (user_id) WHERE status = 'active' DO NOTHING RETURNING id
        """,
        cart.id,
        cart.user_id,
        cart.guest_token_hash,
        cart.status,
        cart.version,
        cart.created_at,
        cart.updated_at,
        cart.expires_at,
    )
    return row is not None


async def find(tx: Transaction, id: UUID) -> Cart | None:
    row = await tx.fetchrow(f"{_SELECT} WHERE id = $1", id)
    return _cart(row) if row else None


async def find_to_change(tx: Transaction, id: UUID) -> Cart | None:
    """The cart, locked until the transaction ends.

    In two statements: one that waited for the lock would see the lines of before it waited.
    """
    await tx.execute("SELECT FROM carts WHERE id = $1 FOR UPDATE", id)
    return await find(tx, id)


async def find_active(tx: Transaction, owner: Owner) -> Cart | None:
    """The active cart of this owner; a user's own comes before the one that the token is for."""
    row = await tx.fetchrow(
        f"""
        {_SELECT} WHERE status = 'active' AND (user_id = $1 OR guest_token_hash = $2)
        ORDER BY user_id NULLS LAST LIMIT 1
        """,
        owner.user_id,
        owner.token_hash,
    )
    return _cart(row) if row else None


async def find_active_to_change(tx: Transaction, user_id: UUID) -> Cart | None:
    query = "SELECT id FROM carts WHERE user_id = $1 AND status = 'active' FOR UPDATE"
    found = await tx.fetchval(query, user_id)
    return await find(tx, found) if found else None


async def find_by_token_to_change(tx: Transaction, token_hash: bytes) -> Cart | None:
    query = "SELECT id FROM carts WHERE guest_token_hash = $1 FOR UPDATE"
    found = await tx.fetchval(query, token_hash)
    return await find(tx, found) if found else None


async def list_of(tx: Transaction, user_id: UUID) -> list[Cart]:
    rows = await tx.fetch(f"{_SELECT} WHERE user_id = $1 ORDER BY id", user_id)
    return [_cart(row) for row in rows]


async def list_idle(tx: Transaction, since: datetime, limit: int) -> list[Cart]:
    """Carts of users that lie untouched, and of which nobody was told; locked, and no other's."""
    rows = await tx.fetch(
        """
        SELECT id FROM carts
        WHERE status = 'active' AND user_id IS NOT NULL AND abandoned_at IS NULL
            AND updated_at <= $1
            AND EXISTS (SELECT FROM cart_lines WHERE cart_id = carts.id)
        ORDER BY updated_at LIMIT $2 FOR UPDATE SKIP LOCKED
        """,
        since,
        limit,
    )
    carts = await tx.fetch(f"{_SELECT} WHERE id = ANY($1::uuid[])", [row["id"] for row in rows])
    return [_cart(row) for row in carts]


async def save(tx: Transaction, cart: Cart) -> None:
    """Under the lock of the cart: its row, and the lines that differ."""
    await tx.execute(
        """
        UPDATE carts SET status = $2, version = $3, updated_at = $4, expires_at = $5,
            abandoned_at = $6, merged_into = $7
        WHERE id = $1
        """,
        cart.id,
        cart.status,
        cart.version,
        cart.updated_at,
        cart.expires_at,
        cart.abandoned_at,
        cart.merged_into,
    )
    await tx.execute(
        "DELETE FROM cart_lines WHERE cart_id = $1 AND product_id <> ALL($2::uuid[])",
        cart.id,
        cart.product_ids,
    )
    await tx.executemany(
        """
        INSERT INTO cart_lines AS known
            (cart_id, product_id, quantity, unit_price_minor, currency, added_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (cart_id, product_id) DO UPDATE SET
            quantity = excluded.quantity,
            unit_price_minor = excluded.unit_price_minor,
            currency = excluded.currency
        WHERE (known.quantity, known.unit_price_minor, known.currency)
            <> (excluded.quantity, excluded.unit_price_minor, excluded.currency)
        """,
        [
            (
                cart.id,
                line.product_id,
                line.quantity,
                line.unit_price.amount,
                line.unit_price.currency,
                line.added_at,
            )
            for line in cart.lines
        ],
    )


def _cart(row: Record) -> Cart:
    return Cart(**{**row, "lines": tuple(map(_line, row["lines"]))})


def _line(row: Record) -> Line:
    price = Money(amount=row["unit_price_minor"], currency=row["currency"])
    return Line(**{**row, "unit_price": price})
