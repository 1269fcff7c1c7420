"""One process of a group that reads one topic."""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Awaitable
from contextlib import suppress
from typing import Final
from uuid import uuid4

import structlog

from ..delivery import TransportAway
from ..lanes import Intake
from . import store
from .line import Line
from .link import linked
from .members import Members, Patience
from .names import Share
from .part import Part
from .progress import Progress
from .store import Outdated

_MOST_READ: Final = 128
_GATHER_SECONDS: Final = 0.005  # what is finished meanwhile is written down at once
_HANDOVER_SECONDS: Final = 10.0

log = structlog.get_logger()


class JetStreamConsumer:
    """Holds its share of the parts, reads them, and writes down what is handled."""

    def __init__(
        self, url: str, share: Share, intake: Intake, consumer: str, lease_seconds: float
    ) -> None:
        self._url = url
        self._share = share
        self._intake = intake
        self._token = f"{consumer}|{uuid4().hex}"
        self._tick = lease_seconds / 4
        self._line = Line(share.topic)
        self._members = Members(self._line, share, self._token, lease_seconds)
        self._patience = Patience(lease_seconds)
        self._parts: dict[str, Part] = {}
        self._readers: dict[str, asyncio.Task[None]] = {}
        self._leaving: set[asyncio.Task[None]] = set()
        self._finished = asyncio.Event()
        self._stop = asyncio.Event()
        self._stopped = asyncio.Event()
        self._away = False

    @property
    def held(self) -> int:
        return len(self._parts)

    async def run(self) -> None:
        """Read until stopped; while NATS is away, what is in hand is worked off all the same."""
        while not self._stopped.is_set():
            try:
                async with linked(self._url) as js:
                    await self._line.use(js)
                    await self._serve()
            except* TransportAway as errors:
                self._went(errors)
            except* Exception:  # the border: a mistake of ours must not end the reader
                log.exception("events.read_failed")
            self._line.drop()
            with suppress(TimeoutError):
                async with asyncio.timeout(random.uniform(0.1, 0.5)):
                    await self._stopped.wait()

    async def stop(self, seconds: float) -> None:
        self._stop.set()
        held = [part for part in self._parts.values() if not part.leaving]
        await asyncio.gather(*(self._leave(part, seconds) for part in held))
        await asyncio.gather(*self._leaving)
        try:
            await self._members.part()
        except TransportAway:
            log.info("events.left_without_word", topic=self._share.topic.name)
        self._stopped.set()
        self._finished.set()

    async def _serve(self) -> None:
        """Use one connection until it breaks or we stop."""
        for part in list(self._parts.values()):
            await self._keep_or_lose(part.resume(self._line.epoch), part)
        self._came_back()
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            for part in self._parts.values():
                self._begin_to_read(part)
            tasks.create_task(self._balance())
            tasks.create_task(self._write_down())

    async def _balance(self) -> None:
        """Renew what is ours, give up what is too much and take what is free."""
        while not self._stopped.is_set():
            await self._line.check()
            fair = math.ceil(len(self._share.parts) / await self._members.meet())
            for part in list(self._parts.values()):
                await self._keep_or_lose(part.write(), part)
            held = [part for part in self._parts.values() if not part.leaving]
            for part in held[fair:]:
                task = asyncio.create_task(self._leave(part, _HANDOVER_SECONDS))
                self._leaving.add(task)
                task.add_done_callback(self._leaving.discard)
            names = self._share.parts
            for name in random.sample(names, len(names)):
                if not self._stop.is_set() and name not in self._parts:
                    await self._look_at(name, wanted=len(self._parts) < fair)
            with suppress(TimeoutError):
                async with asyncio.timeout(self._tick * random.uniform(0.8, 1.1)):
                    await self._stopped.wait()

    async def _look_at(self, name: str, *, wanted: bool) -> None:
        """Take a part if nobody has it, or who had it does not live."""
        key, epoch = self._share.progress(name), self._line.epoch
        found = await store.read(self._line.bucket, key)
        progress = Progress.decode(found.data) if found.data else Progress(epoch)
        if progress.epoch != epoch:
            progress = Progress(epoch, progress.token)
        same_name = progress.token.partition("|")[0] == self._token.partition("|")[0]
        silent = self._patience.is_over(name, found.revision)
        if not (wanted and (not progress.token or same_name or silent)):
            return
        progress.begin_again(self._token)
        try:
            revision = await store.write(self._line.bucket, key, progress.encode(), found.revision)
        except Outdated:
            return  # somebody was quicker
        part = Part(
            name,
            self._share,
            progress,
            revision,
            line=self._line,
            intake=self._intake,
            ring=lambda _: self._finished.set(),
        )
        self._parts[name] = part
        self._begin_to_read(part, first=progress.first)

    def _begin_to_read(self, part: Part, first: int | None = None) -> None:
        reading = self._read(part, part.progress.given + 1 if first is None else first)
        self._readers[part.name] = self._tasks.create_task(reading)

    async def _read(self, part: Part, first: int) -> None:
        cursor = await self._line.cursor(part.name, first)
        while not (part.leaving or part.closed):
            await self._intake.window.wait()
            most = max(1, min(_MOST_READ, self._intake.window.room // max(1, len(self._parts))))
            messages = await cursor.read(most)
            if messages and not part.leaving:
                await self._keep_or_lose(part.give(messages), part)

    async def _write_down(self) -> None:
        """What is finished, a little while after it is."""
        while not self._stopped.is_set():
            await self._finished.wait()
            self._finished.clear()
            await asyncio.sleep(_GATHER_SECONDS)
            for part in [part for part in self._parts.values() if part.dirty]:
                await self._keep_or_lose(part.write(), part)

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

    def _went(self, errors: BaseExceptionGroup[TransportAway]) -> None:
        if not self._away:
            log.warning("events.waiting", reason=str(errors.exceptions[0]))
        self._away = True

    def _came_back(self) -> None:
        if self._away:
            log.info("events.reading")
        self._away = False
