"""Every SQL statement about deliveries."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from asyncpg import Record

from ..chassis.database import Transaction
from ..chassis.errors import NotFound
from .models import Delivery
from .outcomes import Status
from .views import DeliveryView

ANNOUNCEMENT: Final = "mail"


async def add(tx: Transaction, delivery: Delivery) -> bool:
    """Whether it was added: what is wanted once is sent once."""
    row = await tx.fetchrow(
        """
        INSERT INTO deliveries (id, dedupe_key, template, channel, user_id, recipient, data,
            status, attempts, due_at, expires_at, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        ON CONFLICT (dedupe_key) DO NOTHING RETURNING id
        """,
        delivery.id,
        delivery.dedupe_key,
        delivery.template,
        delivery.channel,
        delivery.user_id,
        delivery.recipient,
        json.dumps(delivery.data),
        delivery.status,
        delivery.attempts,
        delivery.due_at,
        delivery.expires_at,
        delivery.created_at,
    )
    return row is not None


async def take(tx: Transaction, owner: UUID, now: datetime, lease: timedelta) -> Delivery | None:
    """The one that is due for the longest, leased: nobody else takes it until the lease ends."""
    row = await tx.fetchrow(
        """
        UPDATE deliveries
        SET lease_owner = $1, lease_until = $2::timestamptz + $3, attempts = attempts + 1
        WHERE id = (
            SELECT id FROM deliveries
            WHERE status = 'pending' AND due_at <= $2
                AND (lease_owner IS NULL OR lease_until <= $2)
            ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED
        )
        RETURNING *
        """,
        owner,
        now,
        lease,
    )
    return _delivery(row) if row else None


async def get_to_change(tx: Transaction, id: UUID) -> Delivery:
    """The row, locked until the transaction ends."""
    row = await tx.fetchrow("SELECT * FROM deliveries WHERE id = $1 FOR UPDATE", id)
    if row is None:
        raise NotFound(f"no delivery {id}")
    return _delivery(row)


async def save(tx: Transaction, delivery: Delivery) -> None:
    await tx.execute(
        """
        UPDATE deliveries SET message_id = $2, recipient = $3, data = $4, status = $5,
            reason = $6, attempts = $7, due_at = $8, lease_owner = $9, ended_at = $10
        WHERE id = $1
        """,
        delivery.id,
        delivery.message_id,
        delivery.recipient,
        json.dumps(delivery.data) if delivery.data is not None else None,
        delivery.status,
        delivery.reason,
        delivery.attempts,
        delivery.due_at,
        delivery.lease_owner,
        delivery.ended_at,
    )


async def list_before(
    tx: Transaction, id: UUID, limit: int | None, user_id: UUID | None, status: Status | None
) -> list[DeliveryView]:
    """The newest ones before this one, with their attempts."""
    rows = await tx.fetch(
        """
        SELECT d.id, dedupe_key, message_id, template, channel, user_id, recipient, status,
            reason, due_at, expires_at, created_at, d.ended_at, (
                SELECT coalesce(jsonb_agg(a ORDER BY a.id), '[]')
                FROM delivery_attempts a WHERE a.delivery_id = d.id
            ) AS attempts
        FROM deliveries d
        WHERE d.id < $1 AND ($2::uuid IS NULL OR user_id = $2)
            AND ($3::text IS NULL OR status = $3)
        ORDER BY d.id DESC LIMIT $4
        """,
        id,
        user_id,
        status,
        limit,
    )
    return [
        DeliveryView.model_validate({**row, "attempts": json.loads(row["attempts"])})
        for row in rows
    ]


async def forget(tx: Transaction, user_id: UUID, spared: str, now: datetime) -> None:
    """Leave nothing that tells who it was; what waits is given up, but for the one spared."""
    await tx.execute(
        """
        UPDATE deliveries SET
            recipient = CASE WHEN status = 'pending' AND template = $2 THEN recipient END,
            data = CASE WHEN status = 'pending' AND template = $2 THEN data END,
            reason = CASE WHEN status = 'pending' AND template <> $2 THEN 'erased' ELSE reason END,
            ended_at = CASE
                WHEN status = 'pending' AND template <> $2 THEN $3 ELSE ended_at END,
            status = CASE
                WHEN status = 'pending' AND template <> $2 THEN 'failed' ELSE status END
        WHERE user_id = $1
        """,
        user_id,
        spared,
        now,
    )
    await tx.execute(
        """
        UPDATE delivery_attempts SET reply = NULL
        FROM deliveries d WHERE d.id = delivery_id AND d.user_id = $1
        """,
        user_id,
    )


async def forget_contents(tx: Transaction, now: datetime) -> None:
    """What failed and is of no use any more says nothing any more."""
    await tx.execute(
        """
        UPDATE deliveries SET data = NULL
        WHERE status = 'failed' AND data IS NOT NULL AND expires_at <= $1
        """,
        now,
    )


async def remove_ended(tx: Transaction, before: datetime) -> None:
    await tx.execute("DELETE FROM deliveries WHERE status <> 'pending' AND ended_at < $1", before)


def _delivery(row: Record) -> Delivery:
    values: dict[str, Any] = dict(row)  # Any: the columns
    values["data"] = json.loads(row["data"]) if row["data"] is not None else None
    return Delivery.model_validate(values)
