"""Follows the registry, and keeps the last good state for as long as it is away."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Coroutine
from math import inf
from time import monotonic
from typing import ClassVar, Final, Self

import structlog

from ..chassis.resource import Resource
from ..settings import RegistrySettings
from .registry import AWAY, Registry
from .snapshot import Snapshot
from .table import Clash, RouteTable

_GATHER_SECONDS: Final = 0.02  # changes that come so close together make one table
_FIRST_PAUSE: Final = 0.1
_LONGEST_PAUSE: Final = 2.0
_SUSPECT_SECONDS: Final = 5.0  # an instance is reported so often
_MOST_REPORTS: Final = 16

log = structlog.get_logger()


class Discovery(Resource):
    """`table` is the newest route table, swapped as a whole; None until the registry answered.

    Changes come by the registry's stream.  A snapshot is asked for as well from time to time, and
    whenever the stream has broken, so that nothing depends on the stream alone.
    """

    name: ClassVar[str] = "registry"

    def __init__(self, settings: RegistrySettings) -> None:
        self.table: RouteTable | None = None
        self.changed = asyncio.Event()
        self.watching = False
        self.failure: str | None = None
        self._settings = settings
        self._registry = Registry(settings)
        self._snapshot: Snapshot | None = None
        self._last_event = ""
        self._awaited: Snapshot | None = None
        self._awaited_until = 0.0
        self._learned_at = inf  # until then the registry may lack some whom it knew
        self._told: frozenset[Clash] = frozenset()
        self._publishing: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._reported: dict[str, float] = {}

    async def __aenter__(self) -> Self:
        """Ask once before the first request comes, and do not insist on an answer."""
        await self._registry.__aenter__()
        await self._poll()
        self._start(self._follow())
        self._start(self._keep_polling())
        return self

    async def __aexit__(self, *error: object) -> None:
        if self._publishing:
            self._publishing.cancel()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        for task in tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await self._registry.__aexit__()

    async def ping(self) -> None:
        if self.failure is not None:
            raise ConnectionError(self.failure)

    @property
    def learning(self) -> bool:
        """May there be services of which neither the registry nor this gateway knows yet?"""
        return monotonic() < self._learned_at

    @property
    def snapshot(self) -> Snapshot | None:
        """What the registry said last, with those it is given time to learn of again."""
        return self._completed(self._snapshot) if self._snapshot else None

    def suspect(self, instance_id: str) -> None:
        """Tell the registry, beside everything else, that this instance cannot be reached."""
        now = monotonic()
        lately = now - self._reported.get(instance_id, -_SUSPECT_SECONDS) < _SUSPECT_SECONDS
        if lately or len(self._tasks) > _MOST_REPORTS:
            return
        self._reported = {
            one: at for one, at in self._reported.items() if now - at < _SUSPECT_SECONDS
        }
        self._reported[instance_id] = now
        self._start(self._report(instance_id))

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _report(self, instance_id: str) -> None:
        try:
            await self._registry.suspect(instance_id)
        except AWAY as error:
            log.info("registry.not_told", instance=instance_id, reason=_reason(error))

    async def _keep_polling(self) -> None:
        while True:
            await asyncio.sleep(self._settings.poll_seconds)
            await self._poll()

    async def _poll(self) -> None:
        try:
            snapshot = await self._registry.snapshot()
        except AWAY as error:
            self._miss(_reason(error))
        else:
            self._hear()
            self._take(snapshot)
            self._publish()

    async def _follow(self) -> None:
        pause = _FIRST_PAUSE
        while True:
            before = self._last_event
            try:
                await self._watch()
            except AWAY as error:
                log.debug("registry.stream_ended", reason=_reason(error))
            self.watching = False
            pause = _FIRST_PAUSE if self._last_event != before else min(2 * pause, _LONGEST_PAUSE)
            await asyncio.sleep(pause * (0.5 + random.random() / 2))
            await self._poll()

    async def _watch(self) -> None:
        async with contextlib.aclosing(self._registry.watch(self._last_event)) as stream:
            async for event in stream:
                self.watching = True
                self._hear()
                if event is None:
                    continue
                if isinstance(event.news, Snapshot):
                    self._take(event.news)
                elif self._snapshot and event.news.revision > self._snapshot.revision:
                    self._snapshot = event.news.applied(self._snapshot)
                self._last_event = event.id
                self._publish_soon()

    def _miss(self, reason: str) -> None:
        if self.failure is None:
            log.warning("registry.away", reason=reason)
        self.failure = reason

    def _hear(self) -> None:
        if self.failure is not None:
            log.info("registry.back")
        self.failure = None

    def _take(self, snapshot: Snapshot) -> None:
        known = self._snapshot
        if known is None or (self.learning and snapshot.epoch != known.epoch):
            self._learn(snapshot)
        if known is None:
            self._snapshot = snapshot
            return
        if snapshot.epoch != known.epoch:
            self._await_all(known)
        elif snapshot.revision < known.revision:
            return  # the stream was faster
        self._snapshot = snapshot.sharing(known)

    def _learn(self, snapshot: Snapshot) -> None:
        """Of a registry that began a moment ago, whoever it knew before may be missing yet."""
        age = inf if snapshot.age is None else snapshot.age
        self._learned_at = monotonic() + self._settings.rejoin_seconds - age

    def _await_all(self, known: Snapshot) -> None:
        """A registry that began anew knows nobody yet: whoever it knew gets time to come back."""
        self._awaited = self._completed(known)
        self._awaited_until = monotonic() + self._settings.rejoin_seconds
        log.info("registry.restarted", waiting=self._settings.rejoin_seconds)
        asyncio.get_running_loop().call_later(self._settings.rejoin_seconds, self._publish_soon)

    def _completed(self, snapshot: Snapshot) -> Snapshot:
        """With those who have not come back yet; who came back is not waited for again."""
        if self._awaited is None:
            return snapshot
        if monotonic() >= self._awaited_until:
            self._awaited = None
            return snapshot
        self._awaited = self._awaited.without(snapshot)
        return snapshot.remembering(self._awaited)

    def _publish_soon(self) -> None:
        if self._publishing is None:
            loop = asyncio.get_running_loop()
            self._publishing = loop.call_later(_GATHER_SECONDS, self._publish)

    def _publish(self) -> None:
        if self._publishing:
            self._publishing.cancel()
            self._publishing = None
        snapshot = self.snapshot
        if snapshot is None:
            return
        table = RouteTable.build(snapshot.services, self.table)
        if self.table is None or not table.same(self.table):
            self.table = table
            self.changed.set()
            self._tell(table)

    def _tell(self, table: RouteTable) -> None:
        log.info("routes.changed", prefixes=len(table.routes))
        clashes = frozenset(table.clashes)
        for clash in clashes - self._told:
            log.warning(
                "routes.clash", prefix=clash.prefix, owner=clash.owner, refused=clash.refused
            )
        self._told = clashes


def _reason(error: BaseException) -> str:
    return str(error) or type(error).__name__
