"""Every SQL statement about jobs; times are those of PostgreSQL's clock."""

from __future__ import annotations

from typing import Final

from ..database import Transaction
from .timetable import Job

_LOCKS: Final = 727_003


async def lock(connection: Transaction, job: Job) -> bool:
    """Have this job alone until the connection is given back; False at once if another has it."""
    locked: bool = await connection.fetchval(
        "SELECT pg_try_advisory_lock(hashtextextended($1, $2))", job.name, _LOCKS
    )
    return locked


async def begin(connection: Transaction, job: Job) -> bool:
    """Note that a period begins now; False if the last one is not over.

    One that ends farther away than a whole period was noted when the period was longer.
    """
    row = await connection.fetchrow(
        """
        INSERT INTO job_runs (name, due_at) VALUES ($1, clock_timestamp() + $2)
        ON CONFLICT (name) DO UPDATE SET due_at = excluded.due_at
        WHERE job_runs.due_at NOT BETWEEN clock_timestamp() AND clock_timestamp() + $2
        RETURNING name
        """,
        job.name,
        job.every.period,
    )
    return row is not None


async def seconds_left(connection: Transaction, job: Job) -> float:
    """How long the period that is noted still lasts."""
    left: float = await connection.fetchval(
        """
        SELECT extract(epoch FROM due_at - clock_timestamp())::float8
        FROM job_runs WHERE name = $1
        """,
        job.name,
    )
    return max(left, 0.0)
