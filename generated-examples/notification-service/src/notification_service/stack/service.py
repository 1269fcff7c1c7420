"""The use case of the stack: tell what is new in it, once, however many replicas watch."""

from __future__ import annotations

from ..chassis.database import Database
from ..live import service as live
from . import repository
from .models import View


async def learn(database: Database, view: View) -> None:
    async with database.transaction() as tx:
        seen = await repository.find_to_change(tx)
        if not view.follows(seen):
            return
        for change in view.changes_since(seen):
            await live.tell(tx, "system/stack", "service.changed", change)
        await repository.save(tx, view)
