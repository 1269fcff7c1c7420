"""Keeps watch: hears the heartbeats, has the checks made, and tells everybody what follows."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import ClassVar, Final, Self

import structlog

from ..chassis.errors import Unavailable
from ..chassis.resource import Resource
from ..instance.models import Check, Departure, Instance, Outcome
from ..instance.repository import Repository, Stale
from ..instance.service import amend
from ..settings import CheckSettings
from .checker import Checker
from .metrics import KeeperMetrics
from .vigil import Rules, Vigil

TICK_SECONDS: Final = 0.02
AGAIN_SECONDS: Final = 1.0

log = structlog.get_logger()


class Keeper(Resource):
    """Of all replicas one keeps watch at a time; the others only stand by."""

    name: ClassVar[str] = "checks"

    def __init__(
        self,
        repository: Repository,
        rules: Rules,
        settings: CheckSettings,
        metrics: KeeperMetrics,
        clock: Callable[[], float],
    ) -> None:
        self._repository = repository
        self._view = repository.view
        self._vigil = Vigil(rules)
        self._checker = Checker(settings, clock, self._view.get, self._checked)
        self._metrics = metrics
        self._clock = clock
        self._tick = min(TICK_SECONDS, settings.interval_seconds / 4)
        self._watched: int | None = None  # what we keep watch over, if we do: see View.replaced
        self._closing = False
        self._found: dict[str, Check] = {}

    async def __aenter__(self) -> Self:
        self._view.observers.append(self)
        self._loop = asyncio.create_task(self._run(), name="keeper")
        return self

    async def __aexit__(self, *error: object) -> None:
        self._closing = True
        self._loop.cancel()
        await asyncio.gather(self._loop, return_exceptions=True)
        await self._checker.stop()

    async def ping(self) -> None:
        if self._loop.done():
            raise RuntimeError("nobody keeps watch any more")

    def changed(self, before: Instance | None, after: Instance | None) -> None:
        """Somebody came, changed or went; who is new, or newly doubted, is checked at once."""
        if self._watched is None:
            return
        if after is None:
            if before is not None:
                self._vigil.went(before.id)
                self._checker.drop(before.id)
        elif before is None or before.secret_digest != after.secret_digest:
            self._vigil.came(after, self._clock())
            self._checker.soon(after.id)
        elif after.suspected and not before.suspected and not after.silent:
            self._checker.soon(after.id)

    async def _run(self) -> None:
        while not self._closing:  # redis-py may swallow that we are cancelled
            try:
                await self._round()
            except Unavailable as error:
                self._stand_by(str(error))
            except Exception:  # the border: one bad round must not be the last
                log.exception("keeping.failed")
            await asyncio.sleep(self._tick)

    async def _round(self) -> None:
        if not await self._repository.watching():
            self._stand_by("another replica keeps watch")
            return
        if self._watched != self._view.replaced:
            self._begin()
        for one, at in (await self._repository.beats()).items():
            await self._heard(one, at)
        now = self._clock()
        for one in self._vigil.fallen_silent(now):
            await amend(self._repository, one, Instance.missed)
        if overdue := self._vigil.overdue(now):
            await self._forget(overdue, now)
        await self._checker.start_due()
        if self._found:
            found, self._found = self._found, {}
            await self._repository.share(found)

    def _begin(self) -> None:
        """Take the watch over: every lease gets its full time."""
        instances = self._view.all()
        self._vigil.begin(instances, self._clock())
        self._checker.begin(one.id for one in instances)
        self._watched = self._view.replaced
        self._metrics.watching.set(1)
        log.info("keeping.begun", instances=len(instances))

    def _stand_by(self, reason: str) -> None:
        if self._watched is not None:
            log.warning("keeping.ended", reason=reason)
            self._checker.begin([])
        self._watched = None
        self._metrics.watching.set(0)

    async def _heard(self, id: str, at: float) -> None:
        instance = self._view.get(id)
        if instance is None:
            return
        self._vigil.heard(instance, at)
        if instance.silent:
            await amend(self._repository, id, Instance.heard)

    async def _checked(self, id: str, outcome: Outcome) -> None:
        """Keep what a check found; an instance that left meanwhile stays away."""
        self._metrics.count(outcome)
        before = self._view.get(id)
        if before is None or self._watched is None:
            return
        check = Check(outcome, datetime.now(UTC))
        self._found[id] = check
        passing = self._vigil.judge(id, check.passed)
        settled = check.passed or not passing  # one failed check does not say who is right
        if passing is before.passing and not (settled and before.suspected):
            return
        after = await amend(self._repository, id, lambda one: one.judged(passing))
        if after is not None and passing is not before.passing:
            log.info("instance.verdict", name=after.name, instance=id, outcome=outcome)

    async def _forget(self, overdue: Iterable[str], now: float) -> None:
        """Evict who was silent for too long, unless that were too many to be true."""
        everybody = self._view.all()
        silent = sum(each.silent for each in everybody)
        preserving = self._vigil.preserving(silent, len(everybody), now)
        self._metrics.preserving.set(preserving)
        for one in overdue:
            if preserving:
                await amend(self._repository, one, Instance.doubted)
                self._vigil.later(one, now + AGAIN_SECONDS)
            else:
                await self._evict(one, now)

    async def _evict(self, id: str, now: float) -> None:
        instance = self._view.get(id)
        if instance is None:
            return
        try:
            await self._repository.remove(instance, Departure.evicted)
        except Stale:
            self._vigil.later(id, now + AGAIN_SECONDS)
            return
        self._vigil.evicted(now)
        self._metrics.evictions.inc()
        log.info("instance.evicted", name=instance.name, instance=id)
