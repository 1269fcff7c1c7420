"""Every SQL statement about recipients."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ..chassis.database import Transaction
from .models import Recipient


async def find(tx: Transaction, user_id: UUID) -> Recipient | None:
    row = await tx.fetchrow("SELECT * FROM recipients WHERE user_id = $1", user_id)
    return Recipient(**row) if row else None


async def find_to_address(tx: Transaction, user_id: UUID) -> Recipient | None:
    """The row, which nobody erases until the transaction ends."""
    row = await tx.fetchrow("SELECT * FROM recipients WHERE user_id = $1 FOR KEY SHARE", user_id)
    return Recipient(**row) if row else None


async def learn(tx: Transaction, recipient: Recipient) -> None:
    """Keep this, unless something newer is known."""
    await tx.execute(
        """
        INSERT INTO recipients (user_id, email, display_name, locale, version)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (user_id) DO UPDATE SET email = excluded.email,
            display_name = excluded.display_name, locale = excluded.locale,
            version = excluded.version
        WHERE recipients.version < excluded.version AND recipients.erased_at IS NULL
        """,
        recipient.user_id,
        recipient.email,
        recipient.display_name,
        recipient.locale,
        recipient.version,
    )


async def learn_address(tx: Transaction, user_id: UUID, email: str, version: int) -> None:
    """The address is now this, unless something newer is known."""
    await tx.execute(
        """
        UPDATE recipients SET email = $2, version = $3
        WHERE user_id = $1 AND version < $3 AND erased_at IS NULL
        """,
        user_id,
        email,
        version,
    )


async def erase(tx: Transaction, user_id: UUID, version: int, now: datetime) -> str | None:
    """Leave nothing but that there was somebody; the answer is the address that is forgotten."""
    before = await tx.fetchval(
        "SELECT email FROM recipients WHERE user_id = $1 FOR UPDATE", user_id
    )
    await tx.execute(
        """
        INSERT INTO recipients (user_id, email, display_name, locale, version, erased_at)
        VALUES ($1, NULL, '', '', $2, $3)
        ON CONFLICT (user_id) DO UPDATE SET email = NULL, display_name = '', locale = '',
            version = greatest(recipients.version, excluded.version),
            erased_at = coalesce(recipients.erased_at, excluded.erased_at)
        """,
        user_id,
        version,
        now,
    )
    return str(before) if before is not None else None
