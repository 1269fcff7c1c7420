"""The use cases of notifications: load, decide, save, in one transaction each."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from ..chassis import paging
from ..chassis.database import Database
from ..chassis.errors import NotFound
from . import repository
from .models import Notification, NotificationQuery

LIST: Final = "notifications"
KEPT: Final = timedelta(days=180)
NEWEST: Final = UUID(int=2**128 - 1)


async def list_page(
    database: Database, user_id: UUID, query: NotificationQuery
) -> paging.Page[Notification]:
    before = paging.decode(LIST, query.cursor, UUID) if query.cursor else NEWEST
    async with database.connection() as tx:
        rows = await repository.list_before(
            tx, user_id, before, query.limit + 1, unread=query.unread
        )
    return paging.page(rows, query.limit, lambda last: paging.encode(LIST, str(last.id)))


async def read(database: Database, user_id: UUID, id: UUID) -> None:
    """Note that the user has read it; raises NotFound, for what is another's too."""
    async with database.transaction() as tx:
        if not await repository.mark_read(tx, user_id, id, datetime.now(UTC)):
            raise NotFound(f"no notification {id}")


async def forget_old(database: Database) -> None:
    async with database.transaction() as tx:
        await repository.remove_old(tx, datetime.now(UTC) - KEPT)
