"""Every SQL statement about claimed keys; times are those of PostgreSQL's clock."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from asyncpg import Record

from ..database import Database, Transaction
from ..http import Reply
from .keys import Key

_LOCKS: Final = 727_002
_BATCH: Final = 1000


@dataclass(frozen=True, slots=True)
class Claim:
    """A key that is taken: by which request, for how long still, and what it came to."""

    fingerprint: bytes
    lease_left: float | None
    reference: str | None
    answer: Reply | None


async def lock(tx: Transaction, key: Key) -> bool:
    """Have this key alone until the transaction ends; False at once if another has it."""
    locked: bool = await tx.fetchval(
        "SELECT pg_try_advisory_xact_lock(hashtextextended($1, $2))",
        f"{key.caller}\n{key.value}",
        _LOCKS,
    )
    return locked


async def add(
    tx: Transaction,
    key: Key,
    holder: UUID,
    *,
    keep: timedelta,
    lease: timedelta | None,
    reference: str | None,
) -> bool:
    """Claim a key that is new or has expired; False if it is taken."""
    row = await tx.fetchrow(
        """
        INSERT INTO idempotency_keys AS known
            (caller, key, fingerprint, holder, expires_at, leased_until, reference)
        VALUES ($1, $2, $3, $4, clock_timestamp() + $5, clock_timestamp() + $6, $7)
        ON CONFLICT (caller, key) DO UPDATE SET
            fingerprint = excluded.fingerprint,
            holder = excluded.holder,
            expires_at = excluded.expires_at,
            leased_until = excluded.leased_until,
            reference = excluded.reference,
            status = NULL, headers = NULL, body = NULL
        WHERE known.expires_at < clock_timestamp()
        RETURNING key
        """,
        key.caller,
        key.value,
        key.fingerprint,
        holder,
        keep,
        lease,
        reference,
    )
    return row is not None


async def get(tx: Transaction, key: Key) -> Claim:
    row = await tx.fetchrow(
        """
        SELECT *, extract(epoch FROM leased_until - clock_timestamp())::float8 AS lease_left
        FROM idempotency_keys WHERE caller = $1 AND key = $2 FOR UPDATE
        """,
        key.caller,
        key.value,
    )
    assert row is not None, "a key that is taken stays while its lock is held"
    return Claim(row["fingerprint"], row["lease_left"], row["reference"], _answer(row))


async def lease(tx: Transaction, key: Key, holder: UUID, length: timedelta) -> None:
    """Take over what another began and did not finish."""
    await tx.execute(
        """
        UPDATE idempotency_keys SET holder = $3, leased_until = clock_timestamp() + $4
        WHERE caller = $1 AND key = $2
        """,
        key.caller,
        key.value,
        holder,
        length,
    )


async def end_lease(tx: Transaction, key: Key, holder: UUID) -> None:
    await tx.execute(
        """
        UPDATE idempotency_keys SET leased_until = clock_timestamp()
        WHERE caller = $1 AND key = $2 AND holder = $3 AND status IS NULL
        """,
        key.caller,
        key.value,
        holder,
    )


async def keep(tx: Transaction, key: Key, holder: UUID, answer: Reply) -> bool:
    """Note the answer; False if another has taken over meanwhile."""
    headers = [
        (name.decode("latin-1"), text.decode("latin-1")) for name, text in answer.raw_headers
    ]
    row = await tx.fetchrow(
        """
        UPDATE idempotency_keys SET status = $4, headers = $5, body = $6, leased_until = NULL
        WHERE caller = $1 AND key = $2 AND holder = $3 AND status IS NULL
        RETURNING key
        """,
        key.caller,
        key.value,
        holder,
        answer.status_code,
        json.dumps(headers),
        answer.body,
    )
    return row is not None


async def forget(tx: Transaction, caller: str) -> None:
    """Remove what was answered to a caller who is to be forgotten."""
    await tx.execute("DELETE FROM idempotency_keys WHERE caller = $1", caller)


async def prune(database: Database) -> None:
    """Remove what has expired, a batch at a time, so that no claim waits for long."""
    removed = _BATCH
    while removed == _BATCH:
        async with database.transaction() as tx:
            rows = await tx.fetch(
                """
                DELETE FROM idempotency_keys
                WHERE expires_at < clock_timestamp() AND (caller, key) IN (
                    SELECT caller, key FROM idempotency_keys
                    WHERE expires_at < clock_timestamp() LIMIT $1
                ) RETURNING key
                """,
                _BATCH,
            )
        removed = len(rows)


def _answer(row: Record) -> Reply | None:
    if row["status"] is None:
        return None
    reply = Reply(row["body"], row["status"])
    reply.raw_headers = [
        (name.encode("latin-1"), text.encode("latin-1"))
        for name, text in json.loads(row["headers"])
    ]
    return reply
