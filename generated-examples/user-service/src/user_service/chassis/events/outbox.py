"""The events that this service decided to publish, as rows of the transaction that decided it."""

from __future__ import annotations

import json
from typing import Final

from ..database import Transaction, announce
from .envelope import Envelope, partition_of

ANNOUNCEMENT: Final = "outbox"


async def add(tx: Transaction, envelope: Envelope) -> None:
    """Keep it until the relay has sent it; it is sent only if the transaction commits."""
    await tx.execute(
        """
        INSERT INTO outbox (id, shard, type, subject, time, ext, data)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        """,
        envelope.id,
        partition_of(envelope.subject),
        envelope.type,
        envelope.subject,
        envelope.time,
        json.dumps(envelope.extensions),
        envelope.data,
    )
    announce(ANNOUNCEMENT)
