"""Hears every change in Valkey and keeps the view up with it."""

from __future__ import annotations

import asyncio
import random
from time import monotonic
from typing import Any, Final

import structlog
from redis.exceptions import RedisError

from ..instance.view import View
from . import codec
from .connection import Connection
from .scripts import CHANGES, CHECKS, INSTANCES, REVISION

_BLOCK_SECONDS: Final = 1.0
_VERIFY_SECONDS: Final = 1.0
_AGAIN_SECONDS: Final = 0.5
_MOST_CHANGES: Final = 1000

log = structlog.get_logger()


class Follower:
    """Loads everything where it must, and otherwise takes the changes in their order."""

    def __init__(self, connection: Connection, view: View, history: int) -> None:
        self._connection = connection
        self._view = view
        self._history = history
        self._ears = connection.patient(_BLOCK_SECONDS)
        self._checks = b"$"
        self._verified = 0.0
        self._closing = False

    async def load(self) -> None:
        """Know exactly what Valkey knows now; raises Unavailable."""
        with self._connection.asking() as client:
            run = (await client.info("server"))["run_id"]
            async with client.pipeline(transaction=True) as pipe:
                pipe.get(REVISION)
                pipe.hgetall(INSTANCES)
                pipe.xrevrange(CHANGES, count=self._history)
                revision, records, entries = await pipe.execute()
        instances = sorted(map(codec.kept, records.values()), key=lambda one: one.id)
        changes = [codec.change(entry) for entry in reversed(entries)]
        self._view.replace(run[:16], int(revision or 0), instances, changes)
        log.info("view.loaded", instances=len(instances), revision=self._view.revision)

    async def follow(self) -> None:
        """Never ends but by close()."""
        while not self._closing:
            try:
                await self._listen()
                self._connection.answered()
            except (RedisError, OSError, TimeoutError) as error:
                if self._closing:
                    return  # it was us who closed the connection
                self._connection.failed(error)
                self._verified = 0.0
                await asyncio.sleep(_AGAIN_SECONDS * (0.5 + random.random()))
            except Exception:  # the border: a replica that hears nothing must not look well
                log.exception("following.failed")
                self._verified = 0.0
                await asyncio.sleep(_AGAIN_SECONDS)

    async def close(self) -> None:
        self._closing = True
        await self._ears.aclose()
        await self._ears.connection_pool.disconnect()

    async def _listen(self) -> None:
        if monotonic() - self._verified > _VERIFY_SECONDS and not await self._same():
            await self.load()
        after: Any = {CHANGES: f"{self._view.revision}-0", CHECKS: self._checks}
        block = round(_BLOCK_SECONDS * 1000)
        heard: Any = await self._ears.xread(after, count=_MOST_CHANGES, block=block)
        for stream, entries in heard:
            if stream == CHECKS.encode():
                self._note(entries)
            elif not self._take(entries):
                await self.load()

    async def _same(self) -> bool:
        """Whether this is still the Valkey that the view was made from, with all that it had."""
        with self._connection.asking() as client:
            run = (await client.info("server"))["run_id"]
            revision = int(await client.get(REVISION) or 0)
        self._verified = monotonic()
        return bool(run[:16] == self._view.epoch) and revision >= self._view.revision

    def _take(self, entries: list[Any]) -> bool:  # Any: as redis-py reads entries of a stream
        """Whether these changes follow on what is known."""
        for entry in entries:
            change = codec.change(entry)
            if change.revision != self._view.revision + 1:
                return False
            self._view.apply(change)
        return True

    def _note(self, entries: list[Any]) -> None:  # Any: as redis-py reads entries of a stream
        for number, fields in entries:
            self._checks = number
            self._view.note(codec.checks(fields[b"found"]))
