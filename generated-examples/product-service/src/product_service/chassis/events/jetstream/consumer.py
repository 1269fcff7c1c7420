"""One process of a group that reads one topic."""

from __future__ import annotations

import asyncio
import math
import random
from contextlib import suppress
from typing import Final
from uuid import uuid4

import structlog

from ..delivery import TransportAway
from ..lanes import Intake
from . import store
from .holding import Holding
from .line import Line
from .link import linked
from .members import Members, Patience
from .names import Share
from .progress import Progress
from .store import Outdated

_HANDOVER_SECONDS: Final = 10.0

log = structlog.get_logger()


class JetStreamConsumer:
    """Keeps a connection, and over it as many of the parts as are its share."""

    def __init__(
        self, url: str, share: Share, intake: Intake, consumer: str, lease_seconds: float
    ) -> None:
        self._url = url
        self._share = share
        self._token = f"{consumer}|{uuid4().hex}"
        self._tick = lease_seconds / 4
        self._line = Line(share.topic)
        self._members = Members(self._line, share, self._token, lease_seconds)
        self._patience = Patience(lease_seconds)
        self._holding = Holding(self._line, share, intake)
        self._stop = asyncio.Event()
        self._stopped = asyncio.Event()
        self._away = False

    @property
    def held(self) -> int:
        return len(self._holding)

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
            await self._pause(random.uniform(0.1, 0.5))

    async def stop(self, seconds: float) -> None:
        self._stop.set()
        await self._holding.leave(seconds)
        try:
            await self._members.part()
        except TransportAway:
            log.info("events.left_without_word", topic=self._share.topic.name)
        self._stopped.set()
        self._holding.ring()

    async def _serve(self) -> None:
        """Use one connection until it breaks or we stop."""
        await self._holding.resume()
        self._came_back()
        async with asyncio.TaskGroup() as tasks:
            self._holding.begin(tasks)
            tasks.create_task(self._balance())
            tasks.create_task(self._holding.write_down(self._stopped))

    async def _balance(self) -> None:
        """Renew what is ours, give up what is too much and take what is free."""
        while not self._stopped.is_set():
            await self._line.check()
            fair = math.ceil(len(self._share.parts) / await self._members.meet())
            await self._holding.renew()
            self._holding.shrink(fair, _HANDOVER_SECONDS)
            names = self._share.parts
            for name in random.sample(names, len(names)):
                if not self._stop.is_set() and name not in self._holding:
                    await self._look_at(name, wanted=self.held < fair)
            if self._stop.is_set():  # one may have been taken while we were asked to stop
                await self._holding.leave(0)
            await self._pause(self._tick * random.uniform(0.8, 1.1))

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
        self._holding.take(name, progress, revision)

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopped.wait()

    def _went(self, errors: BaseExceptionGroup[TransportAway]) -> None:
        if not self._away:
            log.warning("events.waiting", reason=str(errors.exceptions[0]))
        self._away = True

    def _came_back(self) -> None:
        if self._away:
            log.info("events.reading")
        self._away = False
