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
from . import scripts
from .holdings import Holdings
from .partition import Partition
from .taking import fields_of
from .wire import Command, Wire, wire

_MOST_READ: Final = 128
_BELL_MILLISECONDS: Final = 500  # less than a command may take
_IDLE_SECONDS: Final = 0.5
_NOT_OURS, _NOTHING = 0, 1

log = structlog.get_logger()


class Reader:
    """One connection that takes entries, and one that waits for new ones and takes nothing."""

    def __init__(
        self, valkey: Valkey, holdings: Holdings, window: Window, who: Sequence[str]
    ) -> None:
        self._valkey = valkey
        self._holdings = holdings
        self._window = window
        self._who = who  # token, group, consumer
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
        [script] = await line.ask(("SCRIPT", "LOAD", scripts.READ))
        holdings = self._holdings
        self._came_back()
        while not holdings.stopping:
            await self._window.wait()
            unread = [one for one in holdings.readable if one.more or one.unsure]
            if unread:
                async with holdings.reading:
                    await self._read(line, script, unread)
                await asyncio.sleep(0)
            elif ours := holdings.readable:
                await self._hear(bell, ours)
            else:
                await self._wait_for_some()

    async def _read(self, line: Wire, script: bytes, partitions: Sequence[Partition]) -> None:
        for one in partitions:
            if one.unsure and not one.closed:
                await self._holdings.enter(one)
        ready = [one for one in partitions if not (one.closed or one.leaving)]
        if not ready:
            return
        count = max(1, min(_MOST_READ, self._window.room // len(ready)))
        for one in ready:
            one.unsure = True  # until its answer is here
        commands: list[Command] = [
            ("EVALSHA", script, 2, one.lease, one.key, *self._who, count) for one in ready
        ]
        answers = await line.ask(*commands)
        for one, answer in zip(ready, answers, strict=True):
            await self._got(one, answer, count)

    async def _got(self, partition: Partition, answer: Any, count: int) -> None:
        if isinstance(answer, ResponseError):  # NOGROUP: the stream was deleted
            raise TransportAway(f"Valkey refuses a read: {answer}")
        if answer == _NOT_OURS:
            await self._holdings.lose(partition)
            return
        partition.unsure = False
        if answer == _NOTHING:
            partition.more = False
            return
        partition.more = len(answer) == count
        partition.last = answer[-1][0]
        partition.lanes.push(Delivery(entry, fields_of(words)) for entry, words in answer)

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
