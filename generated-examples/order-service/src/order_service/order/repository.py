"""Every SQL statement about order rows."""

from __future__ import annotations

from uuid import UUID

from asyncpg import Record

from ..chassis.database import Transaction
from ..chassis.errors import NotFound
from .models import Order


async def add(tx: Transaction, order: Order) -> None:
    await tx.execute(
        """
        INSERT INTO orders (id, name, version, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5)
        """,
        order.id,
        order.name,
        order.version,
        order.created_at,
        order.updated_at,
    )


async def get(tx: Transaction, id: UUID) -> Order:
    return _found(await tx.fetchrow("SELECT * FROM orders WHERE id = $1", id), id)


async def get_to_change(tx: Transaction, id: UUID) -> Order:
    """The row, locked until the transaction ends: two changes never see the same version."""
    row = await tx.fetchrow("SELECT * FROM orders WHERE id = $1 FOR UPDATE", id)
    return _found(row, id)


async def list_after(tx: Transaction, id: UUID, limit: int) -> list[Order]:
    rows = await tx.fetch(
        "SELECT * FROM orders WHERE id > $1 ORDER BY id LIMIT $2",
        id,
        limit,
    )
    return [Order(**row) for row in rows]


async def save(tx: Transaction, order: Order) -> None:
    await tx.execute(
        "UPDATE orders SET name = $2, version = $3, updated_at = $4 WHERE id = $1",
        order.id,
        order.name,
        order.version,
        order.updated_at,
    )


async def remove(tx: Transaction, id: UUID) -> None:
    row = await tx.fetchrow("DELETE FROM orders WHERE id = $1 RETURNING *", id)
    _found(row, id)


def _found(row: Record | None, id: UUID) -> Order:
    if row is None:
        raise NotFound(f"no order {id}")
    return Order(**row)
