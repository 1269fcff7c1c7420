"""Every SQL statement about messages that live topics are still to be told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ..chassis.database import Transaction

ANNOUNCEMENT: Final = "live"
_LOCK: Final = 727_102


@dataclass(frozen=True, slots=True)
class Message:
    """One message; `data` is JSON."""

    seq: int
    topic: str
    owner: str | None
    type: str
    data: str


async def add(tx: Transaction, topic: str, owner: str | None, type: str, data: str) -> None:
    await tx.execute(
        "INSERT INTO live_messages (topic, owner, type, data) VALUES ($1, $2, $3, $4)",
        topic,
        owner,
        type,
        data,
    )


async def is_empty(connection: Transaction) -> bool:
    return not await connection.fetchval("SELECT EXISTS (SELECT FROM live_messages)")


async def lock(tx: Transaction) -> bool:
    """Be the one who tells, until the transaction ends; False at once if another is."""
    return bool(await tx.fetchval("SELECT pg_try_advisory_xact_lock($1)", _LOCK))


async def lock_out(tx: Transaction) -> None:
    """Nobody tells anything until the transaction ends; who is telling now is waited for."""
    await tx.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)


async def next_ones(tx: Transaction, limit: int) -> list[Message]:
    rows = await tx.fetch(
        "SELECT seq, topic, owner, type, data FROM live_messages ORDER BY seq LIMIT $1", limit
    )
    return [Message(**row) for row in rows]


async def remove(tx: Transaction, told: Sequence[int]) -> None:
    await tx.execute("DELETE FROM live_messages WHERE seq = ANY ($1::bigint[])", told)


async def remove_all_of(tx: Transaction, owner: str, topics: Sequence[str]) -> None:
    """What is for this owner, or in one of these topics."""
    await tx.execute(
        "DELETE FROM live_messages WHERE owner = $1 OR topic = ANY ($2::text[])", owner, topics
    )
