"""Counts up, at an even pace or faster on demand, until all numbers are written; a failure is no
reason to stop."""

from __future__ import annotations

import asyncio
import contextlib
import random
from typing import ClassVar, Final

import structlog

from ..chassis.database import Database, Transaction
from ..chassis.errors import ServiceError
from ..chassis.events import publish
from ..chassis.resource import Resource
from ..settings import CountingSettings
from . import repository
from .events import Counted, Poisoned

_AT_ONCE: Final = 10

log = structlog.get_logger()


class Writer(Resource):
    """One transaction for each number: the counter, and the event that says so."""

    name: ClassVar[str] = "writer"

    def __init__(self, database: Database, settings: CountingSettings) -> None:
        self._database = database
        self._settings = settings
        self._writing: asyncio.Task[None] | None = None

    async def listening(self) -> None:
        self._writing = asyncio.create_task(self._write())

    async def __aexit__(self, *error: object) -> None:
        if self._writing is not None:
            self._writing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._writing

    async def _write(self) -> None:
        pause = self._settings.seconds / self._settings.events * _AT_ONCE
        while True:
            hurry = False
            try:
                hurry = await self._write_some()
            except ServiceError as error:  # PostgreSQL is away for a moment
                log.warning("writer.failed", reason=str(error))
            await asyncio.sleep(0 if hurry else pause)

    async def _write_some(self) -> bool:
        """Write a few numbers, and the poisons if they are missing; whether more are in demand."""
        async with self._database.transaction() as tx:
            for number in range(self._settings.poisons):
                await self._poison(tx, f"poison-{number}")
            demand = await repository.demand(tx)
            missing = max(self._settings.events, demand) - await repository.written(tx)
        for _ in range(min(missing, _AT_ONCE)):
            async with self._database.transaction() as tx:
                key = f"key-{random.randrange(self._settings.keys)}"
                number = await repository.count(tx, key)
                await publish(tx, Counted(key=key, n=number), sequence=number)
        return missing > 0 and demand > self._settings.events

    async def _poison(self, tx: Transaction, key: str) -> None:
        if await repository.is_new(tx, key):
            await publish(tx, Poisoned(key=key), sequence=1)
