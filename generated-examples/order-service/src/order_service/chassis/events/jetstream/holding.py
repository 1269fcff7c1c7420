"""The parts that are with this process: how they are read, written down and given up."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from typing import Final

import structlog

from ..delivery import TransportAway
from ..lanes import Intake
from .line import Line
from .names import Share
from .part import Part
from .progress import Progress
from .store import Outdated

_MOST_READ: Final = 128
_GATHER_SECONDS: Final = 0.005  # what is finished meanwhile is written down at once

log = structlog.get_logger()


class Holding:
    """Reads every part that was taken, until it is given up or lost to another process."""

    def __init__(self, line: Line, share: Share, intake: Intake) -> None:
        self._line = line
        self._share = share
        self._intake = intake
        self._parts: dict[str, Part] = {}
        self._readers: dict[str, asyncio.Task[None]] = {}
        self._leaving: set[asyncio.Task[None]] = set()
        self._finished = asyncio.Event()

    def __len__(self) -> int:
        return len(self._parts)

    def __contains__(self, name: str) -> bool:
        return name in self._parts

    async def resume(self) -> None:
        """Say over a new connection that they are still ours; lose those that are not."""
        for part in list(self._parts.values()):
            await self._keep_or_lose(part.resume(self._line.epoch), part)

    def begin(self, tasks: asyncio.TaskGroup) -> None:
        """Read all of them, and those that are taken later, in this group of tasks."""
        self._tasks = tasks
        for part in self._parts.values():
            self._begin_to_read(part)

    def take(self, name: str, progress: Progress, revision: int) -> None:
        """Read a part that has just become ours."""
        part = Part(
            name,
            self._share,
            progress,
            revision,
            line=self._line,
            intake=self._intake,
            ring=lambda _: self._finished.set(),
            catch_up=self._catch_up,
        )
        self._parts[name] = part
        self._begin_to_read(part)

    async def renew(self) -> None:
        """Write all of them down, which keeps them ours."""
        for part in list(self._parts.values()):
            await self._keep_or_lose(part.write(), part)

    async def write_down(self, stopped: asyncio.Event) -> None:
        """What is finished, a little while after it is."""
        while not stopped.is_set():
            await self._finished.wait()
            self._finished.clear()
            await asyncio.sleep(_GATHER_SECONDS)
            for part in self._dirty:
                await self._keep_or_lose(part.write(), part)

    def ring(self) -> None:
        """Let write_down() look again."""
        self._finished.set()

    def shrink(self, most: int, seconds: float) -> None:
        """Begin to give up what is more than so many."""
        for part in self._staying[most:]:
            task = asyncio.create_task(self._leave(part, seconds))
            self._leaving.add(task)
            task.add_done_callback(self._leaving.discard)

    async def leave(self, seconds: float) -> None:
        """Give all of them up."""
        await asyncio.gather(*(self._leave(part, seconds) for part in self._staying))
        await asyncio.gather(*self._leaving)

    async def _catch_up(self) -> None:
        """Write down at once whatever is finished so far; raises TransportAway."""
        for part in self._dirty:
            with suppress(Outdated):  # the next read or renewal will find out
                await part.write()

    @property
    def _dirty(self) -> list[Part]:
        return [part for part in self._parts.values() if part.dirty]

    @property
    def _staying(self) -> list[Part]:
        return [part for part in self._parts.values() if not part.leaving]

    def _begin_to_read(self, part: Part) -> None:
        """From the first that is not finished: what broke the connection may have kept it from us,
        though it is written down as begun."""
        reading = self._read(part, part.progress.first)
        self._readers[part.name] = self._tasks.create_task(reading)

    async def _read(self, part: Part, first: int) -> None:
        cursor = await self._line.cursor(part.name, first)
        while not (part.leaving or part.closed):
            await self._intake.window.wait()
            most = max(1, min(_MOST_READ, self._intake.window.room // max(1, len(self._parts))))
            messages = await cursor.read(most)
            if messages and not part.leaving:
                await self._keep_or_lose(part.give(messages), part)

    async def _keep_or_lose(self, writing: Awaitable[None], part: Part) -> None:
        try:
            await writing
        except Outdated:
            if not part.closed:
                log.warning("events.lease_lost", part=part.name, topic=self._share.topic.name)
            await self._close(part)

    async def _leave(self, part: Part, seconds: float) -> None:
        """Give it up, once what is in hand of it is handled or so much time is over."""
        part.leaving = True
        if reader := self._readers.get(part.name):
            await asyncio.wait({reader})
        await part.lanes.drained(seconds)
        await self._close(part, release=True)

    async def _close(self, part: Part, *, release: bool = False) -> None:
        if self._parts.get(part.name) is part:
            del self._parts[part.name]
        part.closed = True
        await part.lanes.close()
        if release:
            part.progress.token = ""
            try:
                await part.write()
            except (TransportAway, Outdated):
                log.info("events.lease_left", part=part.name)
