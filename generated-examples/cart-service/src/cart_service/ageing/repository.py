"""Every SQL statement about carts that nobody comes back to."""

from __future__ import annotations

from datetime import datetime

from ..chassis.database import Transaction


async def expire(tx: Transaction, now: datetime, limit: int) -> int:
    """Empty guests' carts whose time is over, so many at most; how many there were."""
    rows = await tx.fetch(
        """
        UPDATE carts SET status = 'expired', version = version + 1
        WHERE id IN (
            SELECT id FROM carts WHERE status = 'active' AND expires_at <= $1
            ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED
        ) RETURNING id
        """,
        now,
        limit,
    )
    ids = [row["id"] for row in rows]
    await tx.execute("DELETE FROM cart_lines WHERE cart_id = ANY($1::uuid[])", ids)
    return len(ids)


async def remove_ended(tx: Transaction, before: datetime, limit: int) -> int:
    """Forget carts that ended and are older than this, so many at most."""
    rows = await tx.fetch(
        """
        DELETE FROM carts WHERE id IN (
            SELECT id FROM carts WHERE status <> 'active' AND coalesce(expires_at, updated_at) < $1
            ORDER BY 1 LIMIT $2 FOR UPDATE SKIP LOCKED
        ) RETURNING id
        """,
        before,
        limit,
    )
    return len(rows)
