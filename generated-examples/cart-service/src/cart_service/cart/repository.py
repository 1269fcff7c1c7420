"""Every SQL statement about cart rows."""

from __future__ import annotations

from uuid import UUID

from asyncpg import Record

from ..chassis.database import Transaction
from ..chassis.errors import NotFound
from .models import Cart


async def add(tx: Transaction, cart: Cart) -> None:
    await tx.execute(
        """
        INSERT INTO carts (id, name, version, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5)
        """,
        cart.id,
        cart.name,
        cart.version,
        cart.created_at,
        cart.updated_at,
    )


async def get(tx: Transaction, id: UUID) -> Cart:
    return _found(await tx.fetchrow("SELECT * FROM carts WHERE id = $1", id), id)


async def get_to_change(tx: Transaction, id: UUID) -> Cart:
    """The row, locked until the transaction ends: two changes never see the same version."""
    row = await tx.fetchrow("SELECT * FROM carts WHERE id = $1 FOR UPDATE", id)
    return _found(row, id)


async def list_after(tx: Transaction, id: UUID, limit: int) -> list[Cart]:
    rows = await tx.fetch(
        "SELECT * FROM carts WHERE id > $1 ORDER BY id LIMIT $2",
        id,
        limit,
    )
    return [Cart(**row) for row in rows]


async def save(tx: Transaction, cart: Cart) -> None:
    await tx.execute(
        "UPDATE carts SET name = $2, version = $3, updated_at = $4 WHERE id = $1",
        cart.id,
        cart.name,
        cart.version,
        cart.updated_at,
    )


async def remove(tx: Transaction, id: UUID) -> None:
    row = await tx.fetchrow("DELETE FROM carts WHERE id = $1 RETURNING *", id)
    _found(row, id)


def _found(row: Record | None, id: UUID) -> Cart:
    if row is None:
        raise NotFound(f"no cart {id}")
    return Cart(**row)
