"""Every SQL statement about notification rows."""

from __future__ import annotations

from uuid import UUID

from asyncpg import Record

from ..chassis.database import Transaction
from ..chassis.errors import NotFound
from .models import Notification


async def add(tx: Transaction, notification: Notification) -> None:
    await tx.execute(
        """
        INSERT INTO notifications (id, name, version, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5)
        """,
        notification.id,
        notification.name,
        notification.version,
        notification.created_at,
        notification.updated_at,
    )


async def get(tx: Transaction, id: UUID) -> Notification:
    return _found(await tx.fetchrow("SELECT * FROM notifications WHERE id = $1", id), id)


async def get_to_change(tx: Transaction, id: UUID) -> Notification:
    """The row, locked until the transaction ends: two changes never see the same version."""
    row = await tx.fetchrow("SELECT * FROM notifications WHERE id = $1 FOR UPDATE", id)
    return _found(row, id)


async def list_after(tx: Transaction, id: UUID, limit: int) -> list[Notification]:
    rows = await tx.fetch(
        "SELECT * FROM notifications WHERE id > $1 ORDER BY id LIMIT $2",
        id,
        limit,
    )
    return [Notification(**row) for row in rows]


async def save(tx: Transaction, notification: Notification) -> None:
    await tx.execute(
        "UPDATE notifications SET name = $2, version = $3, updated_at = $4 WHERE id = $1",
        notification.id,
        notification.name,
        notification.version,
        notification.updated_at,
    )


async def remove(tx: Transaction, id: UUID) -> None:
    row = await tx.fetchrow("DELETE FROM notifications WHERE id = $1 RETURNING *", id)
    _found(row, id)


def _found(row: Record | None, id: UUID) -> Notification:
    if row is None:
        raise NotFound(f"no notification {id}")
    return Notification(**row)
