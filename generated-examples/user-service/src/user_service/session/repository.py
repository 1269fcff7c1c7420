"""Every SQL statement about sessions and refresh tokens."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from asyncpg import Record

from ..chassis.database import Transaction
from .models import LIFETIME, NewToken, Presented, Reason, Session, hash_of


async def add(tx: Transaction, session: Session) -> None:
    await tx.execute(
        """
        INSERT INTO sessions (id, user_id, ua, ip, created_at, last_used_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        """,
        session.id,
        session.user_id,
        session.ua,
        session.ip,
        session.created_at,
        session.last_used_at,
    )


async def save_use(tx: Transaction, session: Session) -> None:
    await tx.execute(
        "UPDATE sessions SET ua = $2, ip = $3, last_used_at = $4 WHERE id = $1",
        session.id,
        session.ua,
        session.ip,
        session.last_used_at,
    )


async def add_token(tx: Transaction, token: NewToken) -> None:
    await tx.execute(
        "INSERT INTO refresh_tokens (hash, session_id, created_at) VALUES ($1, $2, $3)",
        hash_of(token.token),
        token.session_id,
        token.created_at,
    )


async def find_presented(tx: Transaction, token: str) -> Presented | None:
    """The token and its session, locked: of many who show it at once, one is the first."""
    row = await tx.fetchrow(
        """
        SELECT sessions.*, t.created_at AS made_at, t.used_at
        FROM refresh_tokens t JOIN sessions ON sessions.id = t.session_id
        WHERE t.hash = $1 FOR UPDATE
        """,
        hash_of(token),
    )
    return Presented(_session(row), row["made_at"], row["used_at"]) if row else None


async def use_token(tx: Transaction, token: str, now: datetime) -> None:
    await tx.execute("UPDATE refresh_tokens SET used_at = $2 WHERE hash = $1", hash_of(token), now)


async def list_after(
    tx: Transaction, user_id: UUID, id: UUID, limit: int, now: datetime
) -> list[Session]:
    """Those that can be gone on with."""
    rows = await tx.fetch(
        """
        SELECT * FROM sessions
        WHERE user_id = $1 AND id > $2 AND revoked_at IS NULL AND last_used_at > $4
        ORDER BY id LIMIT $3
        """,
        user_id,
        id,
        limit,
        now - LIFETIME,
    )
    return [_session(row) for row in rows]


async def revoke(
    tx: Transaction, user_id: UUID, session_id: UUID, reason: Reason, now: datetime
) -> bool:
    """Whether the user had it, and it had not ended yet."""
    row = await tx.fetchrow(
        """
        UPDATE sessions SET revoked_at = $4, reason = $3
        WHERE user_id = $1 AND id = $2 AND revoked_at IS NULL RETURNING id
        """,
        user_id,
        session_id,
        reason,
        now,
    )
    return row is not None


async def revoke_all(tx: Transaction, user_id: UUID, reason: Reason, now: datetime) -> list[UUID]:
    """The sessions that had not ended yet."""
    rows = await tx.fetch(
        """
        UPDATE sessions SET revoked_at = $3, reason = $2
        WHERE user_id = $1 AND revoked_at IS NULL RETURNING id
        """,
        user_id,
        reason,
        now,
    )
    return [row["id"] for row in rows]


async def list_ids(tx: Transaction, user_id: UUID, now: datetime) -> list[UUID]:
    """The sessions of this user that have not ended."""
    rows = await tx.fetch(
        """
        SELECT id FROM sessions
        WHERE user_id = $1 AND revoked_at IS NULL AND last_used_at > $2 ORDER BY id
        """,
        user_id,
        now - LIFETIME,
    )
    return [row["id"] for row in rows]


async def list_revoked_since(tx: Transaction, user_id: UUID, since: datetime) -> list[UUID]:
    rows = await tx.fetch(
        "SELECT id FROM sessions WHERE user_id = $1 AND revoked_at >= $2", user_id, since
    )
    return [row["id"] for row in rows]


async def list_all_of(tx: Transaction, user_id: UUID) -> list[Session]:
    rows = await tx.fetch("SELECT * FROM sessions WHERE user_id = $1 ORDER BY id", user_id)
    return [_session(row) for row in rows]


async def forget_devices(tx: Transaction, user_id: UUID) -> None:
    """The sessions of an erased user stay until nothing refers to them, without their traces."""
    await tx.execute("UPDATE sessions SET ua = '', ip = '' WHERE user_id = $1", user_id)


async def remove_old(tx: Transaction, now: datetime) -> None:
    """Forget sessions that nobody can go on with, and tokens whose second use proves nothing."""
    await tx.execute("DELETE FROM sessions WHERE last_used_at < $1", now - LIFETIME)
    await tx.execute("DELETE FROM refresh_tokens WHERE created_at < $1", now - LIFETIME)


def _session(row: Record) -> Session:
    return Session(**{name: row[name] for name in Session.model_fields})
