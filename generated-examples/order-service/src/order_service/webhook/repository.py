"""Every SQL statement about events of the provider."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from ..chassis.database import Database, Transaction
from ..provider import ProviderEvent

_KEPT: Final = timedelta(days=30)
_BATCH: Final = 1000


async def add(tx: Transaction, provider: str, event: ProviderEvent, raw: bytes) -> bool:
    """Whether it is new; one that another is taking this moment is waited for."""
    row = await tx.fetchrow(
        """
        INSERT INTO webhook_events (provider, event_id, type, raw, processed_at)
        VALUES ($1, $2, $3, $4, now()) ON CONFLICT DO NOTHING RETURNING event_id
        """,
        provider,
        event.id,
        event.type,
        raw,
    )
    return row is not None


async def prune(database: Database) -> None:
    """Forget what no provider sends again any more, a batch at a time."""
    removed = _BATCH
    while removed == _BATCH:
        async with database.transaction() as tx:
            rows = await tx.fetch(
                """
                DELETE FROM webhook_events WHERE (provider, event_id) IN (
                    SELECT provider, event_id FROM webhook_events
                    WHERE received_at < now() - $1::interval LIMIT $2
                ) RETURNING event_id
                """,
                _KEPT,
                _BATCH,
            )
        removed = len(rows)
