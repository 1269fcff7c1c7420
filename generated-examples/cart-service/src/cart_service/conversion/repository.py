"""Every SQL statement about the orders that took something out of a cart."""

from __future__ import annotations

from uuid import UUID

from ..chassis.database import Transaction
from .models import Conversion


async def claim(tx: Transaction, conversion: Conversion) -> bool:
    """Whether this order takes its share for the first time."""
    row = await tx.fetchrow(
        """
        INSERT INTO conversions (order_id, cart_id, user_id, converted_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT DO NOTHING RETURNING order_id
        """,
        conversion.order_id,
        conversion.cart_id,
        conversion.user_id,
        conversion.converted_at,
    )
    return row is not None


async def list_of(tx: Transaction, user_id: UUID) -> list[Conversion]:
    rows = await tx.fetch(
        "SELECT * FROM conversions WHERE user_id = $1 ORDER BY converted_at, order_id", user_id
    )
    return [Conversion(**row) for row in rows]


async def remove_all_of(tx: Transaction, user_id: UUID) -> None:
    await tx.execute("DELETE FROM conversions WHERE user_id = $1", user_id)
