"""Which events this service has handled: a row in the transaction of the effect."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from ..database import Transaction


async def claim(tx: Transaction, consumer: str, ids: Collection[UUID]) -> set[UUID]:
    """Those that were not handled before, and count as handled if this transaction commits.

    Waits for another transaction that has claimed one of them and has not ended.
    """
    rows = await tx.fetch(
        """
        INSERT INTO inbox (consumer, event_id)
        SELECT $1, id FROM unnest($2::uuid[]) AS id
        ON CONFLICT DO NOTHING RETURNING event_id
        """,
        consumer,
        sorted(ids),  # two transactions that claim the same must not wait for each other
    )
    return {row["event_id"] for row in rows}


async def unclaim(tx: Transaction, consumer: str, ids: Collection[UUID]) -> None:
    """These are not handled after all."""
    await tx.execute(
        "DELETE FROM inbox WHERE consumer = $1 AND event_id = ANY($2::uuid[])", consumer, ids
    )


async def prune(connection: Transaction, hours: float, limit: int) -> int:
    """Forget the oldest that are older than this, so many at most; how many there were."""
    done = await connection.execute(
        """
        DELETE FROM inbox WHERE (consumer, event_id) IN (
            SELECT consumer, event_id FROM inbox
            WHERE processed_at < now() - make_interval(secs => $1)
            ORDER BY processed_at LIMIT $2 FOR UPDATE SKIP LOCKED
        )
        """,
        hours * 3600,
        limit,
    )
    return int(done.removeprefix("DELETE "))
