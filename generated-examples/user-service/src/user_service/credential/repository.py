"""Every SQL statement about attempts to prove a password."""

from __future__ import annotations

from datetime import datetime
from hashlib import blake2b

from ..chassis.database import Transaction
from .models import WINDOW, Attempts


async def count_attempt(tx: Transaction, email: str, now: datetime) -> Attempts:
    """One more attempt, counted before it is checked: guesses made at once are counted too."""
    row = await tx.fetchrow(
        """
        INSERT INTO login_attempts AS known (address_hash, count, since) VALUES ($1, 1, $2)
        ON CONFLICT (address_hash) DO UPDATE SET
            count = CASE WHEN known.since <= $3 THEN 1 ELSE known.count + 1 END,
            since = CASE WHEN known.since <= $3 THEN $2 ELSE known.since END
        RETURNING count, since
        """,
        _hash(email),
        now,
        now - WINDOW,
    )
    assert row is not None
    return Attempts(row["count"], row["since"])


async def forget_attempts(tx: Transaction, email: str) -> None:
    await tx.execute("DELETE FROM login_attempts WHERE address_hash = $1", _hash(email))


async def forget_old_attempts(tx: Transaction, now: datetime) -> None:
    await tx.execute("DELETE FROM login_attempts WHERE since <= $1", now - WINDOW)


def _hash(email: str) -> bytes:
    return blake2b(email.casefold().encode(), digest_size=16).digest()
