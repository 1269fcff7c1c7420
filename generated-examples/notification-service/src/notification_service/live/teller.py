"""Brings committed messages to the hub: in order, by one replica at a time, and none is lost.

A frame that goes out before its transaction commits could tell what never becomes true.  A replica
that is killed after it told, and before the row is gone, leaves it to another, and clients hear it
twice: what they are told names the event.
"""

from __future__ import annotations

import asyncio
import json
import random
from typing import ClassVar, Final

import structlog

from ..chassis.database import Database
from ..chassis.errors import ServiceError
from ..chassis.resource import Resource
from ..chassis.websocket import Hub
from . import repository
from .repository import Message

_POLL_SECONDS: Final = 0.5  # for rows of other replicas, and of those that died before they told
_BATCH: Final = 100
_STOP_SECONDS: Final = 2.0

log = structlog.get_logger()


class Teller(Resource):
    """From when the service listens until it stops."""

    name: ClassVar[str] = "live"

    def __init__(self, database: Database, hub: Hub) -> None:
        self._database = database
        self._hub = hub
        self._wake = asyncio.Event()
        self._stopping = False
        self._away = False
        self._task: asyncio.Task[None] | None = None
        database.announcements.listen(repository.ANNOUNCEMENT, self._wake.set)

    async def listening(self) -> None:
        self._task = asyncio.create_task(self._run(), name="live-teller")

    async def __aexit__(self, *error: object) -> None:
        """Tell what is there; what is left is told by another."""
        self._stopping = True
        self._wake.set()
        if self._task is None:
            return
        await asyncio.wait([self._task], timeout=_STOP_SECONDS)
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            try:
                while await self._tell():
                    pass
                self._away = False
            except ServiceError as error:  # PostgreSQL or Valkey is away: the rows wait
                if not self._away:
                    log.warning("live.waiting", reason=str(error))
                self._away = True
            except Exception:  # the border: a mistake of ours must not end the teller
                log.exception("live.failed")
            if self._stopping:
                return
            await self._woken()

    async def _tell(self) -> bool:
        """Whether there may be more."""
        self._wake.clear()
        async with self._database.connection() as connection:
            if await repository.is_empty(connection):
                return False
        async with self._database.transaction() as tx:
            if not await repository.lock(tx):
                return False
            messages = await repository.next_ones(tx, _BATCH)
            for message in messages:
                await self._publish(message)
            await repository.remove(tx, [message.seq for message in messages])
        return len(messages) == _BATCH

    async def _publish(self, message: Message) -> None:
        try:
            data = json.loads(message.data)
            await self._hub.publish(message.topic, message.type, data, to=message.owner)
        except ValueError as error:  # too large: those behind it are not to wait for ever
            log.error("live.not_told", topic=message.topic, type=message.type, reason=str(error))

    async def _woken(self) -> None:
        try:
            async with asyncio.timeout(_POLL_SECONDS * random.uniform(0.5, 1)):
                await self._wake.wait()
        except TimeoutError:
            return
