"""The events that this service decided to publish, as rows of the transaction that decided it.

A row belongs to a shard, which is the partition that its events travel in.  Whoever sends a shard's
rows holds its lock, so that no two relays mix up the order.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from asyncpg import Record

from ..database import Transaction, announce
from .envelope import PARTITIONS, Envelope, partition_of

ANNOUNCEMENT: Final = "outbox"

_LOCKS: Final = 727_002  # the class of our advisory locks, one for each shard


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits to be sent: how many, and since when."""

    rows: int
    oldest: datetime | None


async def add(tx: Transaction, envelope: Envelope) -> None:
    """Keep it until the relay has sent it; it is sent only if the transaction commits."""
    await tx.execute(
        """
        INSERT INTO outbox (id, shard, type, subject, time, ext, data, private)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        envelope.id,
        partition_of(envelope.subject),
        envelope.type,
        envelope.subject,
        envelope.time,
        json.dumps(envelope.extensions),
        envelope.data,
        envelope.private,
    )
    announce(ANNOUNCEMENT)


async def is_empty(connection: Transaction) -> bool:
    """Whether there is nothing at all to be sent."""
    return not await connection.fetchval("SELECT EXISTS (SELECT FROM outbox)")


async def claim(connection: Transaction, seconds: float) -> list[int]:
    """The shards that are ours alone until the connection is given back, or breaks.

    The server breaks it when it hears nothing of us for so long: who hangs holds nobody up.
    """
    rows = await connection.fetch(
        """
        SELECT shard, set_config('idle_session_timeout', $3, false)
        FROM generate_series(0, $2::int) AS shard WHERE pg_try_advisory_lock($1::int, shard)
        """,
        _LOCKS,
        PARTITIONS - 1,
        f"{seconds:g}s",
    )
    return [row["shard"] for row in rows]


async def unsent(
    connection: Transaction, shards: Collection[int], sent: Collection[int], limit: int
) -> Sequence[Record]:
    """The next rows of these shards in order, without those that were sent."""
    return await connection.fetch(
        """
        SELECT * FROM outbox
        WHERE shard = ANY($1::smallint[]) AND seq <> ALL($2::bigint[])
        ORDER BY seq LIMIT $3
        """,
        shards,
        sent,
        limit,
    )


async def remove(connection: Transaction, sent: Collection[int]) -> None:
    await connection.execute("DELETE FROM outbox WHERE seq = ANY($1::bigint[])", sent)


async def backlog(connection: Transaction) -> Backlog:
    row = await connection.fetchrow("SELECT count(*) AS rows, min(time) AS oldest FROM outbox")
    assert row is not None, "an aggregate has a row"
    return Backlog(row["rows"], row["oldest"])


def envelope_of(row: Record, source: str) -> Envelope:
    """The event that a row keeps, as one of this service."""
    extensions: dict[str, Any] = json.loads(row["ext"])  # Any: the sequence is a number
    if "sequence" in extensions:
        extensions["sequence"] = int(extensions["sequence"])
    return Envelope(
        id=row["id"],
        source=source,
        type=row["type"],
        subject=row["subject"],
        time=row["time"],
        data=row["data"],
        private=row["private"],
        **extensions,
    )
