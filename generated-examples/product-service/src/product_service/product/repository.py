"""Every SQL statement about product rows."""

from __future__ import annotations

from uuid import UUID

from asyncpg import Record

from ..chassis.database import Transaction
from ..chassis.errors import NotFound
from .models import Product


async def add(tx: Transaction, product: Product) -> None:
    await tx.execute(
        """
        INSERT INTO products (id, name, version, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5)
        """,
        product.id,
        product.name,
        product.version,
        product.created_at,
        product.updated_at,
    )


async def get(tx: Transaction, id: UUID) -> Product:
    return _found(await tx.fetchrow("SELECT * FROM products WHERE id = $1", id), id)


async def get_to_change(tx: Transaction, id: UUID) -> Product:
    """The row, locked until the transaction ends: two changes never see the same version."""
    row = await tx.fetchrow("SELECT * FROM products WHERE id = $1 FOR UPDATE", id)
    return _found(row, id)


async def list_after(tx: Transaction, id: UUID, limit: int) -> list[Product]:
    rows = await tx.fetch(
        "SELECT * FROM products WHERE id > $1 ORDER BY id LIMIT $2",
        id,
        limit,
    )
    return [Product(**row) for row in rows]


async def save(tx: Transaction, product: Product) -> None:
    await tx.execute(
        "UPDATE products SET name = $2, version = $3, updated_at = $4 WHERE id = $1",
        product.id,
        product.name,
        product.version,
        product.updated_at,
    )


async def remove(tx: Transaction, id: UUID) -> None:
    row = await tx.fetchrow("DELETE FROM products WHERE id = $1 RETURNING *", id)
    _found(row, id)


def _found(row: Record | None, id: UUID) -> Product:
    if row is None:
        raise NotFound(f"no product {id}")
    return Product(**row)
