"""The use cases of erasure and export."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from ..chassis import idempotency
from ..chassis.database import Database, Transaction
from ..inventory import repository as inventory
from .models import Export, pseudonym


async def forget(tx: Transaction, user_id: UUID) -> None:
    """The ledger stays whole; who of the staff wrote its lines is no longer to be seen."""
    await inventory.rename_actor(tx, str(user_id), pseudonym())
    await idempotency.forget(tx, str(user_id))


async def export(database: Database, user_id: UUID) -> Export:
    """All that is kept here of this user."""
    async with database.connection() as tx:
        movements = await inventory.list_movements_by(tx, str(user_id))
    return Export(user_id=user_id, exported_at=datetime.now(UTC), stock_movements=movements)
