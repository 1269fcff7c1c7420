"""Every SQL statement about counters."""

from __future__ import annotations

from ..chassis.database import Transaction


async def count(tx: Transaction, key: str) -> int:
    """The next number of this counter."""
    number: int = await tx.fetchval(
        """
        INSERT INTO counters (key, n) VALUES ($1, 1)
        ON CONFLICT (key) DO UPDATE SET n = counters.n + 1 RETURNING n
        """,
        key,
    )
    return number


async def is_new(tx: Transaction, key: str) -> bool:
    """Whether nobody has asked for this key before."""
    sql = "INSERT INTO counters (key, n) VALUES ($1, 1) ON CONFLICT DO NOTHING RETURNING key"
    return await tx.fetchval(sql, key) is not None


async def written(tx: Transaction) -> int:
    total: int = await tx.fetchval(
        "SELECT coalesce(sum(n), 0)::bigint FROM counters WHERE key NOT LIKE 'poison-%'"
    )
    return total


async def demand(tx: Transaction) -> int:
    """How many are to be written in all, if that is more than what was set."""
    events: int = await tx.fetchval("SELECT events FROM demand")
    return events


async def follow(tx: Transaction, key: str, number: int) -> None:
    """Keep the number, and the disorder if it is not the one after the last."""
    last = await tx.fetchval("SELECT last FROM seen WHERE key = $1 FOR UPDATE", key) or 0
    if number != last + 1:
        await tx.execute("INSERT INTO disorder VALUES ($1, $2, $3)", key, number, last)
    await tx.execute("INSERT INTO effects VALUES ($1, $2)", key, number)
    await tx.execute(
        "INSERT INTO seen VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET last = $2", key, number
    )
