"""Every SQL statement about suppressions; an address is kept as its hash only."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256

from ..chassis.database import Transaction


async def add(tx: Transaction, address: str, reason: str, now: datetime) -> None:
    await tx.execute(
        """
        INSERT INTO suppressions (address_hash, reason, created_at) VALUES ($1, $2, $3)
        ON CONFLICT DO NOTHING
        """,
        _hash(address),
        reason,
        now,
    )


async def holds(tx: Transaction, address: str) -> bool:
    """Whether nothing is sent to this address."""
    found = await tx.fetchval(
        "SELECT true FROM suppressions WHERE address_hash = $1", _hash(address)
    )
    return found is not None


async def remove(tx: Transaction, address: str) -> None:
    await tx.execute("DELETE FROM suppressions WHERE address_hash = $1", _hash(address))


def _hash(address: str) -> bytes:
    return sha256(address.lower().encode()).digest()
