"""The SQL statements that forget a user's carts."""

from __future__ import annotations

from uuid import UUID

from ..chassis.database import Transaction


async def remove_carts_of(tx: Transaction, user_id: UUID) -> None:
    """The lines go with them, and the guests' carts that were merged into them."""
    await tx.execute("DELETE FROM carts WHERE user_id = $1", user_id)
