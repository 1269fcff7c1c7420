"""Checks every instance in its own rhythm, side by side, and sweeps out the silent ones."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime
from typing import ClassVar, Final, Self

import structlog

from ..chassis.resource import Resource
from ..settings import CheckSettings
from . import service
from .metrics import CheckMetrics
from .models import Check
from .probe import open_session, probe
from .repository import Instances

TICK_SECONDS: Final = 0.25
JITTER: Final = 0.1

log = structlog.get_logger()


class Checker(Resource):
    """At most one check an instance and `concurrency` in all at a time; no call waits for one."""

    name: ClassVar[str] = "checks"

    def __init__(
        self, instances: Instances, settings: CheckSettings, metrics: CheckMetrics
    ) -> None:
        self._instances = instances
        self._settings = settings
        self._metrics = metrics
        self._room = asyncio.Semaphore(settings.concurrency)
        self._due: dict[str, float] = {}
        self._checks: dict[str, asyncio.Task[None]] = {}

    async def __aenter__(self) -> Self:
        self._session = open_session(self._settings.timeout_seconds)
        self._loop = asyncio.create_task(self._run(), name="registry-checks")
        return self

    async def __aexit__(self, *error: object) -> None:
        tasks = [self._loop, *self._checks.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._session.close()

    async def ping(self) -> None:
        if self._loop.done():
            raise RuntimeError("the health checks have stopped")

    def check_soon(self, id: str) -> None:
        """Start a check of this instance now, unless one is under way; the next is due later."""
        self._due[id] = self._instances.clock() + self._pause()
        if id not in self._checks:
            task = asyncio.create_task(self._check(id), name=f"check-{id}")
            self._checks[id] = task
            task.add_done_callback(lambda _: self._checks.pop(id, None))

    async def _run(self) -> None:
        tick = min(TICK_SECONDS, self._settings.interval_seconds / 4)
        while True:
            try:
                service.sweep(self._instances)
                self._start_due_checks()
            except Exception:  # the border: one bad round must not be the last
                log.exception("checks.failed")
            await asyncio.sleep(tick)

    def _start_due_checks(self) -> None:
        now = self._instances.clock()
        self._due = {one.id: self._due.get(one.id, now) for one in self._instances.all()}
        for instance in [known for known, due in self._due.items() if due <= now]:
            self.check_soon(instance)

    def _pause(self) -> float:
        """The interval with some jitter, so that checks spread out by themselves."""
        return self._settings.interval_seconds * random.uniform(1 - JITTER, 1 + JITTER)

    async def _check(self, id: str) -> None:
        async with self._room:
            instance = self._instances.get(id)
            if instance is None:
                return
            outcome = await probe(self._session, instance.url + instance.health_check)
        self._metrics.count(outcome)
        service.record(self._instances, id, Check(outcome, datetime.now(UTC)))
