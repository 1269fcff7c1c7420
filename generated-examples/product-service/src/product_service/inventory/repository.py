"""Every SQL statement about the stock and its movements.

Whoever locks several rows of `inventory` does so in the order of `product_id`: two who want the
same products in another order would wait for each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from asyncpg import Record

from ..chassis.database import Transaction
from ..chassis.errors import NotFound
from .models import Level, Movement, State, Stock

_LAST: Final = UUID(int=2**128 - 1)


async def add(tx: Transaction, product_id: UUID) -> None:
    await tx.execute("INSERT INTO inventory (product_id) VALUES ($1)", product_id)


async def get_for_sale(tx: Transaction, product_id: UUID) -> tuple[Stock, bool]:
    """The stock, and whether the product is sold at all."""
    row = await tx.fetchrow(
        """
        SELECT on_hand, reserved, status = 'active' AS sold
        FROM inventory JOIN products ON products.id = product_id WHERE product_id = $1
        """,
        product_id,
    )
    if row is None:
        raise NotFound(f"no product {product_id}")
    return _stock(row), row["sold"]


async def find_to_change(tx: Transaction, product_id: UUID) -> Stock | None:
    row = await tx.fetchrow(
        "SELECT * FROM inventory WHERE product_id = $1 FOR NO KEY UPDATE", product_id
    )
    return _stock(row) if row else None


async def move(tx: Transaction, movements: Sequence[Movement]) -> None:
    """Write these into the ledger; a trigger moves the stock with each."""
    await tx.execute(
        """
        INSERT INTO stock_movements
            (id, product_id, delta, reason, reservation_id, actor, created_at)
        SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::text[], $5::uuid[],
            $6::text[], $7::timestamptz[]) AS moved (id, product_id)
        ORDER BY product_id
        """,
        [one.id for one in movements],
        [one.product_id for one in movements],
        [one.delta for one in movements],
        [one.reason for one in movements],
        [one.reservation_id for one in movements],
        [one.actor for one in movements],
        [one.created_at for one in movements],
    )


async def list_movements_before(
    tx: Transaction, product_id: UUID, before: UUID | None, limit: int
) -> list[Movement]:
    """Those of a product, the newest first."""
    rows = await tx.fetch(
        """
        SELECT * FROM stock_movements WHERE product_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3
        """,
        product_id,
        before or _LAST,
        limit,
    )
    return [Movement(**row) for row in rows]


async def list_movements_by(tx: Transaction, actor: str) -> list[Movement]:
    """All that this user has made."""
    rows = await tx.fetch(
        "SELECT * FROM stock_movements WHERE actor = $1 AND reservation_id IS NULL ORDER BY id",
        actor,
    )
    return [Movement(**row) for row in rows]


async def rename_actor(tx: Transaction, actor: str, pseudonym: str) -> None:
    await tx.execute(
        "UPDATE stock_movements SET actor = $2 WHERE actor = $1 AND reservation_id IS NULL",
        actor,
        pseudonym,
    )


async def free(tx: Transaction, reservations: Sequence[UUID]) -> None:
    """What these reservations hold can be had by others."""
    await tx.execute(
        """
        WITH held AS (
            SELECT product_id, sum(quantity) AS quantity FROM reservation_lines
            WHERE reservation_id = ANY ($1) GROUP BY product_id
        ), locked AS (
            SELECT product_id, quantity FROM inventory JOIN held USING (product_id)
            ORDER BY product_id FOR NO KEY UPDATE OF inventory
        )
        UPDATE inventory SET reserved = reserved - quantity
        FROM locked WHERE inventory.product_id = locked.product_id
        """,
        reservations,
    )


async def list_changed(tx: Transaction, limit: int) -> list[UUID]:
    """Some products whose level differs from what the others were last told."""
    rows = await tx.fetch(
        "SELECT product_id FROM inventory WHERE on_hand - reserved <> announced LIMIT $1", limit
    )
    return [row["product_id"] for row in rows]


async def announce(tx: Transaction, product_ids: Sequence[UUID]) -> list[Level]:
    """The levels of these that still differ, noted as told now."""
    rows = await tx.fetch(
        """
        WITH changed AS (
            SELECT product_id FROM inventory
            WHERE product_id = ANY ($1) AND on_hand - reserved <> announced
            ORDER BY product_id FOR NO KEY UPDATE
        )
        UPDATE inventory SET announced = on_hand - reserved, announcements = announcements + 1
        FROM changed WHERE inventory.product_id = changed.product_id
        RETURNING inventory.product_id, announced AS available, announcements AS number
        """,
        product_ids,
    )
    return [Level(**row, state=State.of(row["available"])) for row in rows]


def _stock(row: Record) -> Stock:
    return Stock(on_hand=row["on_hand"], reserved=row["reserved"])
