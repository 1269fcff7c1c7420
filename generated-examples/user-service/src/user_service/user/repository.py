"""Every SQL statement about user rows."""

from __future__ import annotations

from uuid import UUID

from asyncpg import Record

from ..chassis.database import Transaction
from ..chassis.errors import NotFound
from .models import User


async def add(tx: Transaction, user: User) -> None:
    await tx.execute(
        """
        INSERT INTO users (id, name, version, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5)
        """,
        user.id,
        user.name,
        user.version,
        user.created_at,
        user.updated_at,
    )


async def get(tx: Transaction, id: UUID) -> User:
    return _found(await tx.fetchrow("SELECT * FROM users WHERE id = $1", id), id)


async def get_to_change(tx: Transaction, id: UUID) -> User:
    """The row, locked until the transaction ends: two changes never see the same version."""
    row = await tx.fetchrow("SELECT * FROM users WHERE id = $1 FOR UPDATE", id)
    return _found(row, id)


async def list_after(tx: Transaction, id: UUID, limit: int) -> list[User]:
    rows = await tx.fetch(
        "SELECT * FROM users WHERE id > $1 ORDER BY id LIMIT $2",
        id,
        limit,
    )
    return [User(**row) for row in rows]


async def save(tx: Transaction, user: User) -> None:
    await tx.execute(
        "UPDATE users SET name = $2, version = $3, updated_at = $4 WHERE id = $1",
        user.id,
        user.name,
        user.version,
        user.updated_at,
    )


async def remove(tx: Transaction, id: UUID) -> None:
    row = await tx.fetchrow("DELETE FROM users WHERE id = $1 RETURNING *", id)
    _found(row, id)


def _found(row: Record | None, id: UUID) -> User:
    if row is None:
        raise NotFound(f"no user {id}")
    return User(**row)
