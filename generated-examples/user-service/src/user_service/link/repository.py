"""Every SQL statement about links."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from ..chassis.database import Transaction
from .models import MOST_AN_HOUR, Link, LinkSpent, Opened, Purpose, hash_of


async def add(tx: Transaction, link: Link) -> bool:
    """Whether it was added: there is a limit to the mails that an address gets in an hour."""
    row = await tx.fetchrow(
        """
        INSERT INTO one_time_tokens
            (hash, user_id, purpose, password_hash, created_at, expires_at)
        SELECT $1, $2, $3, $4, $5, $6 WHERE $7 > (
            SELECT count(*) FROM one_time_tokens
            WHERE user_id = $2 AND purpose = $3 AND created_at > $8
        )
        RETURNING hash
        """,
        hash_of(link.token),
        link.user_id,
        link.purpose,
        link.password_hash,
        link.created_at,
        link.expires_at,
        MOST_AN_HOUR,
        link.created_at - timedelta(hours=1),
    )
    return row is not None


async def find(tx: Transaction, token: str, purpose: Purpose, now: datetime) -> Opened:
    """What the link is for, and it stays unused; raises LinkSpent."""
    row = await tx.fetchrow(
        """
        SELECT user_id, password_hash FROM one_time_tokens
        WHERE hash = $1 AND purpose = $2 AND used_at IS NULL AND expires_at > $3
        """,
        hash_of(token),
        purpose,
        now,
    )
    if row is None:
        raise LinkSpent
    return Opened(row["user_id"], row["password_hash"])


async def open_once(tx: Transaction, token: str, purpose: Purpose, now: datetime) -> Opened:
    """Use the link, and every other one of this purpose that the user has; raises LinkSpent."""
    row = await tx.fetchrow(
        """
        UPDATE one_time_tokens SET used_at = $3
        WHERE hash = $1 AND purpose = $2 AND used_at IS NULL AND expires_at > $3
        RETURNING user_id, password_hash
        """,
        hash_of(token),
        purpose,
        now,
    )
    if row is None:
        raise LinkSpent
    await tx.execute(
        """
        UPDATE one_time_tokens SET used_at = $3
        WHERE user_id = $1 AND purpose = $2 AND used_at IS NULL
        """,
        row["user_id"],
        purpose,
        now,
    )
    return Opened(row["user_id"], row["password_hash"])


async def remove_all_of(tx: Transaction, user_id: UUID) -> None:
    await tx.execute("DELETE FROM one_time_tokens WHERE user_id = $1", user_id)


async def remove_old(tx: Transaction, now: datetime) -> None:
    """Forget what nobody can open any more, once it counts for no limit either."""
    await tx.execute(
        "DELETE FROM one_time_tokens WHERE expires_at < $1",
        now - timedelta(hours=1),
    )
