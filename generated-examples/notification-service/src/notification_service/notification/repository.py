"""Every SQL statement about notifications."""

from __future__ import annotations

import json
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from ..chassis.database import Transaction
from .models import Notification


async def add(tx: Transaction, user_id: UUID, notification: Notification) -> None:
    await tx.execute(
        """
        INSERT INTO notifications (id, user_id, kind, data, created_at)
        VALUES ($1, $2, $3, $4, $5)
        """,
        notification.id,
        user_id,
        notification.kind,
        json.dumps(notification.data),
        notification.created_at,
    )


async def list_before(
    tx: Transaction, user_id: UUID, id: UUID, limit: int | None, *, unread: bool = False
) -> list[Notification]:
    """The newest ones before this one."""
    rows = await tx.fetch(
        """
        SELECT * FROM notifications
        WHERE user_id = $1 AND id < $2 AND (read_at IS NULL OR NOT $3)
        ORDER BY id DESC LIMIT $4
        """,
        user_id,
        id,
        unread,
        limit,
    )
    return [_notification(row) for row in rows]


async def mark_read(tx: Transaction, user_id: UUID, id: UUID, now: datetime) -> bool:
    """Whether the user has it; the first reading counts."""
    row = await tx.fetchrow(
        """
        UPDATE notifications SET read_at = coalesce(read_at, $3)
        WHERE id = $2 AND user_id = $1 RETURNING id
        """,
        user_id,
        id,
        now,
    )
    return row is not None


async def remove_all_of(tx: Transaction, user_id: UUID) -> None:
    await tx.execute("DELETE FROM notifications WHERE user_id = $1", user_id)


async def remove_old(tx: Transaction, before: datetime) -> None:
    await tx.execute("DELETE FROM notifications WHERE created_at < $1", before)


def _notification(row: Record) -> Notification:
    return Notification.model_validate({**row, "data": json.loads(row["data"])})
