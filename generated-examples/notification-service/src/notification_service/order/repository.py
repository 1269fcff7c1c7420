"""Every SQL statement about what is known of orders."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from ..chassis.database import Transaction
from ..template.kinds import Data


async def add(tx: Transaction, id: UUID, user_id: UUID | None, lines: Sequence[Data]) -> None:
    """Without a user it is one that nobody is told of."""
    await tx.execute(
        """
        INSERT INTO orders (id, user_id, lines) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING
        """,
        id,
        user_id,
        json.dumps(lines),
    )


async def find_owner(tx: Transaction, id: UUID) -> UUID | None:
    owner: UUID | None = await tx.fetchval("SELECT user_id FROM orders WHERE id = $1", id)
    return owner


async def is_nobodys(tx: Transaction, id: UUID) -> bool:
    """Whether its owner is erased; what is not known may be anybody's."""
    found = await tx.fetchval("SELECT user_id IS NULL FROM orders WHERE id = $1", id)
    return bool(found)


async def lines_of(tx: Transaction, id: UUID) -> list[Data]:
    """What was ordered; nothing if the order is not known."""
    lines = await tx.fetchval("SELECT lines FROM orders WHERE id = $1", id)
    return list(json.loads(lines)) if lines else []


async def remove_old(tx: Transaction, before: datetime) -> None:
    await tx.execute("DELETE FROM orders WHERE created_at < $1", before)


async def forget_owner(tx: Transaction, user_id: UUID) -> list[UUID]:
    """Leave of their orders that there were any: what still happens to them is told to nobody."""
    rows = await tx.fetch(
        "UPDATE orders SET user_id = NULL, lines = '[]' WHERE user_id = $1 RETURNING id", user_id
    )
    return [row["id"] for row in rows]
