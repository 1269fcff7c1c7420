"""Every SQL statement about the audit log."""

from __future__ import annotations

import json
from uuid import UUID

from ..chassis.database import Transaction
from .models import Entry


async def record(tx: Transaction, entry: Entry) -> None:
    await tx.execute(
        """
        INSERT INTO audit_log (id, at, action, user_id, actor, ip, request_id, details)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        entry.id,
        entry.at,
        entry.action,
        entry.user_id,
        entry.actor,
        entry.ip,
        entry.request_id,
        json.dumps(dict(entry.details), default=str),
    )


async def list_of(tx: Transaction, user_id: UUID) -> list[Entry]:
    rows = await tx.fetch("SELECT * FROM audit_log WHERE user_id = $1 ORDER BY id", user_id)
    return [Entry(**{**row, "details": json.loads(row["details"])}) for row in rows]


async def forget_addresses(tx: Transaction, user_id: UUID) -> None:
    """Strip what tells where an erased user was; that something was done stays."""
    await tx.execute("UPDATE audit_log SET ip = NULL WHERE user_id = $1", user_id)
