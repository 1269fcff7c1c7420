"""Every SQL statement about reservations and their lines."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from asyncpg import Record
from pydantic import TypeAdapter

from ..chassis.database import Transaction
from ..chassis.errors import NotFound
from ..product.models import Price
from .inputs import Wanted
from .models import Reservation, ReservedLine, Shortage

_LINES: Final = TypeAdapter(tuple[ReservedLine, ...])
_SELECT: Final = """
    SELECT reservations.*, (
        SELECT json_agg(
            json_build_object(
                'product_id', product_id, 'quantity', quantity, 'sku', sku, 'name', name,
                'unit_price', json_build_object('amount', price_minor, 'currency', currency)
            ) ORDER BY product_id
        )
        FROM reservation_lines WHERE reservation_id = reservations.id
    ) AS lines
    FROM reservations
"""


async def add(tx: Transaction, reservation: Reservation) -> bool:
    """Whether it was added: an order has one only, and waits here for the one that is in hand."""
    row = await tx.fetchrow(
        """
        INSERT INTO reservations
            (id, status, expires_at, version, updated_at, order_id, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (order_id) DO NOTHING RETURNING id
        """,
        *_changing(reservation),
        reservation.order_id,
        reservation.created_at,
    )
    return row is not None


async def hold(tx: Transaction, id: UUID, wanted: Wanted) -> list[ReservedLine]:
    """Hold what is there of these products; those of which there is too little are left out.

    One statement: no other way is as fast and sells nothing twice.  The rows are locked in the
    order of their ids, so that two orders never wait for each other.
    """
    rows = await tx.fetch(
        """
        WITH wanted AS (
            SELECT product_id, quantity, sku, name, price_minor, currency
            FROM unnest($2::uuid[], $3::bigint[]) AS wanted (product_id, quantity)
            JOIN inventory USING (product_id)
            JOIN products ON products.id = product_id AND products.status = 'active'
            ORDER BY product_id FOR NO KEY UPDATE OF inventory
        ), held AS (
            UPDATE inventory SET reserved = reserved + quantity FROM wanted
            WHERE inventory.product_id = wanted.product_id AND on_hand - reserved >= quantity
            RETURNING wanted.*
        )
        INSERT INTO reservation_lines
            (reservation_id, product_id, quantity, sku, name, price_minor, currency)
        SELECT $1, held.* FROM held
        ON CONFLICT (reservation_id, product_id) DO UPDATE
            SET sku = excluded.sku, name = excluded.name, price_minor = excluded.price_minor,
                currency = excluded.currency
        RETURNING *
        """,
        id,
        list(wanted),
        list(wanted.values()),
    )
    return [_line(row) for row in rows]


async def list_shortages(tx: Transaction, wanted: Wanted) -> list[Shortage]:
    """How much there is of these, without those that nobody knows."""
    rows = await tx.fetch(
        """
        SELECT product_id, quantity AS requested,
            CASE status WHEN 'active' THEN on_hand - reserved ELSE 0 END AS available
        FROM unnest($1::uuid[], $2::bigint[]) AS wanted (product_id, quantity)
        JOIN inventory USING (product_id) JOIN products ON products.id = product_id
        ORDER BY product_id
        """,
        list(wanted),
        list(wanted.values()),
    )
    return [Shortage(**row) for row in rows]


async def get(tx: Transaction, id: UUID) -> Reservation:
    return _found(await tx.fetchrow(f"{_SELECT} WHERE id = $1", id), id)


async def get_to_change(tx: Transaction, id: UUID) -> Reservation:
    """The row, locked until the transaction ends; always before those of the stock."""
    row = await tx.fetchrow(f"{_SELECT} WHERE id = $1 FOR NO KEY UPDATE OF reservations", id)
    return _found(row, id)


async def get_of_order_to_change(tx: Transaction, order_id: UUID) -> Reservation:
    row = await tx.fetchrow(
        f"{_SELECT} WHERE order_id = $1 FOR NO KEY UPDATE OF reservations", order_id
    )
    return _found(row, order_id)


async def list_due_to_change(tx: Transaction, now: datetime, limit: int) -> list[Reservation]:
    """Those whose time is over; each is in one hand only."""
    rows = await tx.fetch(
        f"""
        {_SELECT} WHERE status = 'active' AND expires_at <= $1
        ORDER BY expires_at LIMIT $2 FOR NO KEY UPDATE OF reservations SKIP LOCKED
        """,
        now,
        limit,
    )
    return [_reservation(row) for row in rows]


async def save(tx: Transaction, reservations: Sequence[Reservation]) -> None:
    await tx.executemany(
        """
        UPDATE reservations SET status = $2, expires_at = $3, version = $4, updated_at = $5
        WHERE id = $1
        """,
        [_changing(one) for one in reservations],
    )


def _changing(reservation: Reservation) -> tuple[object, ...]:
    return (
        reservation.id,
        reservation.status,
        reservation.expires_at,
        reservation.version,
        reservation.updated_at,
    )


def _found(row: Record | None, id: UUID) -> Reservation:
    if row is None:
        raise NotFound(f"no reservation {id}")
    return _reservation(row)


def _reservation(row: Record) -> Reservation:
    return Reservation(**{**row, "lines": _LINES.validate_json(row["lines"])})


def _line(row: Record) -> ReservedLine:
    price = Price(amount=row["price_minor"], currency=row["currency"])
    said = {name: row[name] for name in ("product_id", "quantity", "sku", "name")}
    return ReservedLine(**said, unit_price=price)
