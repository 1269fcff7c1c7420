"""Every SQL statement about attempts."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from ..chassis.database import Transaction
from ..chassis.identifiers import uuid7

_LONGEST_REPLY: Final = 500


async def begin(tx: Transaction, delivery: UUID, now: datetime) -> UUID:
    """Note that the mail server is about to be asked; the answer is the attempt's id."""
    attempt = uuid7()
    await tx.execute(
        "INSERT INTO delivery_attempts (id, delivery_id, began_at) VALUES ($1, $2, $3)",
        attempt,
        delivery,
        now,
    )
    return attempt


async def end(tx: Transaction, id: UUID, now: datetime, outcome: str, reply: str) -> None:
    await tx.execute(
        "UPDATE delivery_attempts SET ended_at = $2, outcome = $3, reply = $4 WHERE id = $1",
        id,
        now,
        outcome,
        reply[:_LONGEST_REPLY].replace("\0", ""),
    )


async def forget_replies(tx: Transaction, delivery: UUID) -> None:
    """A server's reply may name the address."""
    await tx.execute("UPDATE delivery_attempts SET reply = NULL WHERE delivery_id = $1", delivery)
