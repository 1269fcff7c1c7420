"""PostgreSQL: a pool, transactions and migrations.

A use case works in one visible transaction:

    async with database.transaction() as tx:
        order = await repository.get(tx, order_id)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ..application import Application
from ..resource import CannotStart
from ..settings import Settings
from .announcements import announce
from .metrics import PoolCollector
from .migrations import Migrator
from .pool import UNREACHABLE, Database, DatabaseSettings, Transaction
from .statements import Statements

__all__ = ["SETTINGS", "Database", "DatabaseSettings", "Transaction", "announce", "install"]

SETTINGS: Final[tuple[type[Settings], ...]] = (DatabaseSettings,)


def install(app: Application) -> None:
    settings = app.settings(DatabaseSettings)
    migrator = Migrator(settings.url.get_secret_value(), settings.migrations)
    statements = Statements(app.tracing) if app.tracing.enabled else None
    database = Database(settings, migrator, application_name=app.name, statements=statements)
    app.own(database)
    app.metrics.registry.register(PoolCollector(database))

    async def migrate(arguments: Sequence[str]) -> int:
        try:
            await migrator.run()
        except UNREACHABLE as error:
            raise CannotStart(f"PostgreSQL does not answer: {error}") from error
        return 0

    app.command("migrate", migrate)
