"""Every SQL statement about preferences."""

from __future__ import annotations

from uuid import UUID

from ..chassis.database import Transaction
from ..template.kinds import Category
from .models import Channel, Preferences


async def get(tx: Transaction, user_id: UUID) -> Preferences:
    rows = await tx.fetch("SELECT category, channel FROM preferences WHERE user_id = $1", user_id)
    return Preferences.without((row["category"], row["channel"]) for row in rows)


async def wants(tx: Transaction, user_id: UUID, category: Category, channel: Channel) -> bool:
    """Whether the user did not say otherwise."""
    unwanted = await tx.fetchval(
        "SELECT true FROM preferences WHERE (user_id, category, channel) = ($1, $2, $3)",
        user_id,
        category,
        channel,
    )
    return unwanted is None


async def replace(tx: Transaction, user_id: UUID, preferences: Preferences) -> None:
    await remove_all_of(tx, user_id)
    for category, channel in preferences.unwanted:
        await refuse(tx, user_id, category, channel)


async def refuse(tx: Transaction, user_id: UUID, category: Category, channel: Channel) -> None:
    """Note that the user does not want this, however often it is said."""
    await tx.execute(
        """
        INSERT INTO preferences (user_id, category, channel) VALUES ($1, $2, $3)
        ON CONFLICT DO NOTHING
        """,
        user_id,
        category,
        channel,
    )


async def remove_all_of(tx: Transaction, user_id: UUID) -> None:
    await tx.execute("DELETE FROM preferences WHERE user_id = $1", user_id)
