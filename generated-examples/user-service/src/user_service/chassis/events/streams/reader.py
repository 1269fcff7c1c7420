"""Reads the streams that are ours, while there is room for what they have."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from typing import Any, Final

import structlog
from redis.exceptions import ResponseError

from ...valkey import Valkey
from ..delivery import Delivery, TransportAway
from ..pace import Window
from .fence import Fence
from .holdings import Holdings
from .leases import Leases
from .partition import Partition
from .taking import fields_of
from .wire import Wire, wire

_MOST_READ: Final = 512  # at once, of all streams: Valkey serves nobody else meanwhile
_BELL_MILLISECONDS: Final = 250  # less than a command may take, and than a stop should
_IDLE_SECONDS: Final = 0.5

log = structlog.get_logger()


class Reader:
    """One connection that takes entries, and one that waits for new ones and takes nothing."""

    def __init__(
        self, valkey: Valkey, holdings: Holdings, window: Window, leases: Leases, group: str
    ) -> None:
        self._valkey = valkey
        self._holdings = holdings
        self._window = window
        self._leases = leases
        self._group = group
        self._away = False

    async def run(self) -> None:
        """Read until the holdings stop; after an error, first what may be ours already."""
        while not self._holdings.stopping:
            try:
                async with wire(self._valkey) as line, wire(self._valkey) as bell:
                    await self._holdings.make_groups()
                    await self._read_on(line, bell)
            except TransportAway as error:
                self._went(error)
            except Exception:  # the border: a mistake of ours must not end the reader
                log.exception("events.read_failed")
            for one in self._holdings.readable:
                one.unsure = True
            await asyncio.sleep(0 if self._holdings.stopping else random.uniform(0.1, 0.5))

    async def _read_on(self, line: Wire, bell: Wire) -> None:
        holdings, fence = self._holdings, Fence(line, self._leases.token)
        self._came_back()
        while not holdings.stopping:
            await self._window.wait()
            unread = [one for one in holdings.readable if one.more or one.unsure]
            if unread:
                async with holdings.reading:
                    await self._read(fence, unread)
                await asyncio.sleep(0)
            elif ours := holdings.readable:
                await self._hear(bell, ours)
            else:
                await self._wait_for_some()

    async def _read(self, fence: Fence, partitions: Sequence[Partition]) -> None:
        for one in partitions:
            if one.unsure and not one.closed:
                await self._holdings.enter(one)
        ready = {one.key: one for one in partitions if not (one.closed or one.leaving)}
        if not ready:
            return
        count = max(1, min(_MOST_READ, self._window.room) // len(ready))
        who = ("GROUP", self._group, self._leases.consumer)
        news = [">"] * len(ready)
        for one in ready.values():
            one.unsure = True  # until the answer is here
        done, read, lost = await fence.ask(
            ("XREADGROUP", *who, "COUNT", count, "STREAMS", *ready, *news),
            [one.lease for one in ready.values()],
        )
        entries = dict(read or {})
        for one in ready.values():
            one.unsure = False
            if done:
                self._got(one, entries.get(one.key.encode(), ()), count)
            if one.lease in lost:
                await self._holdings.lose(one)

    def _got(self, partition: Partition, entries: Any, count: int) -> None:
        partition.more = len(entries) == count
        if entries:
            partition.last = entries[-1][0]
            partition.lanes.push(Delivery(entry, fields_of(words)) for entry, words in entries)

    async def _hear(self, bell: Wire, partitions: Sequence[Partition]) -> None:
        """Wait until there is something new in one of these."""
        streams = [one.key for one in partitions]
        last = [one.last for one in partitions]
        [rung] = await bell.ask(
            ("XREAD", "COUNT", 1, "BLOCK", _BELL_MILLISECONDS, "STREAMS", *streams, *last)
        )
        if isinstance(rung, ResponseError):
            raise TransportAway(f"Valkey refuses a read: {rung}")
        for stream in rung or ():
            key = stream if isinstance(stream, bytes) else stream[0]
            if found := self._holdings.find(key.decode()):
                found.more = True

    async def _wait_for_some(self) -> None:
        try:
            async with asyncio.timeout(_IDLE_SECONDS):
                await self._holdings.changed.wait()
        except TimeoutError:
            return
        self._holdings.changed.clear()

    def _went(self, error: Exception) -> None:
        if not self._away:
            log.warning("events.waiting", reason=str(error))
        self._away = True

    def _came_back(self) -> None:
        if self._away:
            log.info("events.reading")
        self._away = False
