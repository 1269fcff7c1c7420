"""Every SQL statement about erasures."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from asyncpg import Record

from ..chassis.database import Transaction
from .models import REMINDED_EVERY, Erasure

_SELECT = """
    SELECT erasures.*, ARRAY(
        SELECT service FROM erasure_acks WHERE erasure_acks.user_id = erasures.user_id
    ) AS acknowledged
    FROM erasures
"""


async def add(tx: Transaction, erasure: Erasure) -> None:
    await tx.execute(
        """
        INSERT INTO erasures (user_id, requested_at, erase_by, asked_at) VALUES ($1, $2, $3, $4)
        """,
        erasure.user_id,
        erasure.requested_at,
        erasure.erase_by,
        erasure.asked_at,
    )


async def find_to_change(tx: Transaction, user_id: UUID) -> Erasure | None:
    """Locked first and read then: one statement would read the answers as of before it waited."""
    await tx.execute("SELECT FROM erasures WHERE user_id = $1 FOR UPDATE", user_id)
    row = await tx.fetchrow(f"{_SELECT} WHERE user_id = $1", user_id)
    return _erasure(row) if row else None


async def list_to_remind(tx: Transaction, now: datetime, limit: int) -> list[Erasure]:
    """Those that were not answered for a while; each is in one replica's hands only."""
    rows = await tx.fetch(
        f"""
        {_SELECT} WHERE completed_at IS NULL AND asked_at <= $1
        ORDER BY asked_at LIMIT $2 FOR UPDATE SKIP LOCKED
        """,
        now - REMINDED_EVERY,
        limit,
    )
    return [_erasure(row) for row in rows]


async def acknowledge(tx: Transaction, user_id: UUID, service: str, now: datetime) -> None:
    await tx.execute(
        """
        INSERT INTO erasure_acks (user_id, service, erased_at) VALUES ($1, $2, $3)
        ON CONFLICT DO NOTHING
        """,
        user_id,
        service,
        now,
    )


async def save(tx: Transaction, erasure: Erasure) -> None:
    await tx.execute(
        "UPDATE erasures SET asked_at = $2, completed_at = $3 WHERE user_id = $1",
        erasure.user_id,
        erasure.asked_at,
        erasure.completed_at,
    )


def _erasure(row: Record) -> Erasure:
    return Erasure(**row)
