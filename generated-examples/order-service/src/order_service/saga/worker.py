"""Takes up sagas that are due, on every replica, until the service stops."""

from __future__ import annotations

import asyncio
from typing import ClassVar, Final
from uuid import UUID

import structlog

from ..chassis import context
from ..chassis.database import Database
from ..chassis.errors import ServiceError
from ..chassis.identifiers import uuid7
from ..chassis.resource import Resource
from . import repository
from .engine import Engine
from .models import Saga

# After a failed look, while PostgreSQL is away, so many seconds.
_AWAY_SECONDS: Final = 1.0

log = structlog.get_logger()


class Worker(Resource):
    """Looks for work when told that there is some, and from time to time: others may not tell."""

    name: ClassVar[str] = "sagas"

    def __init__(self, database: Database, engine: Engine) -> None:
        self.engine = engine
        self._database = database
        self._settings = engine.settings
        self._looking: asyncio.Task[None] | None = None
        self._working: set[asyncio.Task[None]] = set()
        self._bell = asyncio.Event()
        self._stopping = False
        database.announcements.listen(repository.DUE, self._bell.set)

    async def listening(self) -> None:
        self._looking = asyncio.create_task(self._look(), name="sagas")

    async def draining(self) -> None:
        """Nothing new is taken up."""
        self._stopping = True
        self._bell.set()

    async def __aexit__(self, *error: object) -> None:
        """Let the steps that have begun end well, for a while; then give the leases back."""
        await self.draining()
        if self._looking is not None:
            await self._looking
        running = set(self._working)
        if running:
            _, running = await asyncio.wait(running, timeout=self._settings.stop_seconds)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def _look(self) -> None:
        while not self._stopping:
            self._bell.clear()
            pause = self._settings.look_seconds
            try:
                await self._take_up()
            except ServiceError as away:
                log.warning("sagas.waiting", reason=str(away))
                pause = _AWAY_SECONDS
            await self._rest(pause)

    async def _rest(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._bell.wait()
        except TimeoutError:
            return

    async def _take_up(self) -> None:
        """Begin with as many as there are places for; whoever ends rings for the next ones."""
        free = self._settings.concurrency - len(self._working)
        if free == 0:
            return
        owner = uuid7()
        async with self._database.transaction() as tx:
            due = await repository.claim(tx, owner, self._settings.lease, free)
        for saga in due:
            work = asyncio.create_task(self._work(saga, owner))
            self._working.add(work)
            work.add_done_callback(self._ended)

    def _ended(self, work: asyncio.Task[None]) -> None:
        self._working.discard(work)
        self._bell.set()

    async def _work(self, saga: Saga, owner: UUID) -> None:
        context.current.set(saga.context)
        patience = self._settings.call_seconds
        try:
            await self.engine.drive(saga.id, owner, patience=patience)
        except ServiceError as away:
            log.warning("saga.left", saga=saga.id, reason=str(away))
        except asyncio.CancelledError:
            await self._give_back(saga, owner)
            raise
        except Exception:  # the border: its lease ends, and it is tried again
            log.exception("saga.failed", saga=saga.id, step=saga.step.value)

    async def _give_back(self, saga: Saga, owner: UUID) -> None:
        async with self._database.transaction() as tx:
            await repository.give_back(tx, saga.id, owner)
