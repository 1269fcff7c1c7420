"""The use case of the export."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from ..chassis.database import Database
from ..delivery import repository as deliveries
from ..notification import repository as notifications
from ..notification.service import NEWEST
from ..preference import repository as preferences
from ..recipient import repository as recipients
from . import repository
from .models import Export


async def export(database: Database, user_id: UUID) -> Export:
    """All that is kept here of this user, as of one moment."""
    async with database.transaction() as tx:
        await repository.freeze(tx)
        return Export(
            exported_at=datetime.now(UTC),
            recipient=await recipients.find(tx, user_id),
            preferences=await preferences.get(tx, user_id),
            notifications=await notifications.list_before(tx, user_id, NEWEST, None),
            deliveries=await deliveries.list_before(tx, NEWEST, None, user_id, None),
        )
