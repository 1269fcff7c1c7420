"""The use case of what is known of orders: forget it when nobody is told of them any more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from ..chassis.database import Database
from . import repository

KEPT: Final = timedelta(days=180)


async def forget_old(database: Database) -> None:
    async with database.transaction() as tx:
        await repository.remove_old(tx, datetime.now(UTC) - KEPT)
