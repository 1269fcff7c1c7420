"""Every SQL statement about category rows."""

from __future__ import annotations

from uuid import UUID

from asyncpg import Record, UniqueViolationError

from ..chassis.database import Transaction
from ..chassis.errors import NotFound
from .models import Category, SlugTaken


async def add(tx: Transaction, category: Category) -> None:
    """Raises SlugTaken."""
    try:
        await tx.execute(
            """
            INSERT INTO categories (id, slug, name, version, created_at, updated_at)
            VALUES ($1, $2, $3, $4, $5, $6)
            """,
            category.id,
            category.slug,
            category.name,
            category.version,
            category.created_at,
            category.updated_at,
        )
    except UniqueViolationError as error:
        raise _taken(category) from error


async def exists(tx: Transaction, id: UUID) -> bool:
    found: bool = await tx.fetchval("SELECT EXISTS (SELECT FROM categories WHERE id = $1)", id)
    return found


async def get(tx: Transaction, id: UUID) -> Category:
    return _found(await tx.fetchrow("SELECT * FROM categories WHERE id = $1", id), id)


async def get_to_change(tx: Transaction, id: UUID) -> Category:
    """The row, locked until the transaction ends: two changes never see the same version."""
    row = await tx.fetchrow("SELECT * FROM categories WHERE id = $1 FOR NO KEY UPDATE", id)
    return _found(row, id)


async def list_after(tx: Transaction, id: UUID, limit: int) -> list[Category]:
    rows = await tx.fetch("SELECT * FROM categories WHERE id > $1 ORDER BY id LIMIT $2", id, limit)
    return [Category(**row) for row in rows]


async def save(tx: Transaction, category: Category) -> None:
    """Raises SlugTaken."""
    try:
        await tx.execute(
            """
            UPDATE categories SET slug = $2, name = $3, version = $4, updated_at = $5
            WHERE id = $1
            """,
            category.id,
            category.slug,
            category.name,
            category.version,
            category.updated_at,
        )
    except UniqueViolationError as error:
        raise _taken(category) from error


def _taken(category: Category) -> SlugTaken:
    return SlugTaken(f"there is a category {category.slug} already")


def _found(row: Record | None, id: UUID) -> Category:
    if row is None:
        raise NotFound(f"no category {id}")
    return Category(**row)
