"""Every SQL statement about what happened to orders."""

from __future__ import annotations

from uuid import UUID

from ..chassis.database import Transaction
from .models import Entry


async def add(tx: Transaction, order_id: UUID, entry: Entry) -> None:
    await tx.execute(
        """
        INSERT INTO order_history (order_id, version, status, reason, actor, at)
        VALUES ($1, $2, $3, $4, $5, $6)
        """,
        order_id,
        entry.version,
        entry.status,
        entry.reason,
        entry.actor,
        entry.at,
    )


async def list_of_order(tx: Transaction, order_id: UUID) -> list[Entry]:
    rows = await tx.fetch(
        """
        SELECT version, status, reason, actor, at FROM order_history
        WHERE order_id = $1 ORDER BY version
        """,
        order_id,
    )
    return [Entry(**row) for row in rows]


async def rename_actor(tx: Transaction, actor: str, to: str) -> None:
    await tx.execute("UPDATE order_history SET actor = $2 WHERE actor = $1", actor, to)
