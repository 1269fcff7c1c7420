"""Every SQL statement about sagas; times are those of PostgreSQL's clock."""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from uuid import UUID

from asyncpg import Record

from ..chassis.database import Transaction, announce
from .models import Saga, Step

# Said in a transaction after which a saga is due: the worker of this replica listens.
DUE: Final = "saga due"


async def add(tx: Transaction, saga: Saga, *, owner: UUID | None, lease: timedelta) -> None:
    """With an owner the saga begins under its lease; without, it is the next worker's."""
    await tx.execute(
        """
        INSERT INTO sagas
            (id, name, order_id, step, traceparent, request_id, lease_owner, lease_until)
        VALUES ($1, $2, $3, $4, $5, $6, $7, CASE WHEN $7::uuid IS NOT NULL THEN now() + $8 END)
        """,
        saga.id,
        saga.name,
        saga.order_id,
        saga.step,
        saga.traceparent,
        saga.request_id,
        owner,
        lease,
    )
    if owner is None:
        announce(DUE)


async def claim(tx: Transaction, owner: UUID, lease: timedelta, limit: int) -> list[Saga]:
    """Lease what is due and in nobody's hands; each replica gets others."""
    rows = await tx.fetch(
        """
        UPDATE sagas SET lease_owner = $1, lease_until = clock_timestamp() + $2
        WHERE id IN (
            SELECT id FROM sagas
            WHERE step <> 'done' AND next_run_at <= clock_timestamp()
                AND (lease_until IS NULL OR lease_until <= clock_timestamp())
            ORDER BY next_run_at LIMIT $3 FOR UPDATE SKIP LOCKED
        ) RETURNING *
        """,
        owner,
        lease,
        limit,
    )
    return [_saga(row) for row in rows]


async def take(tx: Transaction, id: UUID, owner: UUID, lease: timedelta) -> bool:
    """Lease this one, if it is in nobody's hands."""
    row = await tx.fetchrow(
        """
        UPDATE sagas SET lease_owner = $2, lease_until = clock_timestamp() + $3
        WHERE id = $1 AND (lease_until IS NULL OR lease_until <= clock_timestamp())
        RETURNING id
        """,
        id,
        owner,
        lease,
    )
    return row is not None


async def get(tx: Transaction, id: UUID) -> Saga:
    return _saga(await tx.fetchrow("SELECT * FROM sagas WHERE id = $1", id))


async def find_held(tx: Transaction, id: UUID, owner: UUID) -> Saga | None:
    """The saga, locked until the transaction ends; None if its lease is another's by now."""
    row = await tx.fetchrow(
        "SELECT * FROM sagas WHERE id = $1 AND lease_owner = $2 FOR UPDATE", id, owner
    )
    return _saga(row) if row else None


async def save(tx: Transaction, saga: Saga, lease: timedelta | None) -> None:
    """With a lease it stays in the same hands; without, it is anybody's after its pause."""
    await tx.execute(
        """
        UPDATE sagas SET step = $2, attempt = $3, reservation_id = $4,
            next_run_at = clock_timestamp() + $5, updated_at = clock_timestamp(),
            lease_owner = CASE WHEN $6::interval IS NOT NULL THEN lease_owner END,
            lease_until = clock_timestamp() + $6
        WHERE id = $1
        """,
        saga.id,
        saga.step,
        saga.attempt,
        saga.reservation_id,
        saga.pause,
        lease,
    )
    if lease is None and saga.step is not Step.done and not saga.pause:
        announce(DUE)


async def wake(tx: Transaction, id: UUID) -> None:
    """There is news for it: its next turn is now."""
    await tx.execute(
        "UPDATE sagas SET next_run_at = clock_timestamp() WHERE id = $1 AND step <> 'done'", id
    )
    announce(DUE)


async def turn(
    tx: Transaction, id: UUID, step: Step, *, owner: UUID | None = None, lease: timedelta
) -> None:
    """Go on with this step instead, whoever is at another one: its result will not be saved."""
    await tx.execute(
        """
        UPDATE sagas SET step = $2, attempt = 0, next_run_at = clock_timestamp(),
            updated_at = clock_timestamp(), lease_owner = $3,
            lease_until = CASE WHEN $3::uuid IS NOT NULL THEN clock_timestamp() + $4 END
        WHERE id = $1
        """,
        id,
        step,
        owner,
        lease,
    )
    if owner is None:
        announce(DUE)


async def give_back(tx: Transaction, id: UUID, owner: UUID) -> None:
    """Whoever held this lease stops: others need not wait until it ends."""
    await tx.execute(
        """
        UPDATE sagas SET lease_owner = NULL, lease_until = NULL
        WHERE id = $1 AND lease_owner = $2
        """,
        id,
        owner,
    )


def _saga(row: Record | None) -> Saga:
    assert row is not None, "a saga is never removed"
    return Saga(**{name: row[name] for name in _COLUMNS})


_COLUMNS: Final = Saga.model_fields.keys() - {"pause"}
