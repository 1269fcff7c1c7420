"""The health checks: each instance in its own rhythm, side by side, with a limit."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable
from contextvars import Context
from typing import Final

import structlog

from ..instance.models import Instance, Outcome
from ..settings import CheckSettings
from .probe import Prober
from .timetable import Timetable

JITTER: Final = 0.1

log = structlog.get_logger()

Find = Callable[[str], Instance | None]
Tell = Callable[[str, Outcome], Awaitable[None]]


class Checker:
    """At most one check an instance and `concurrency` in all at a time; no call waits for one."""

    def __init__(
        self, settings: CheckSettings, clock: Callable[[], float], find: Find, tell: Tell
    ) -> None:
        self._interval = settings.interval_seconds
        self._prober = Prober(settings.timeout_seconds)
        self._room = asyncio.Semaphore(settings.concurrency)
        self._clock = clock
        self._find = find
        self._tell = tell
        self._due = Timetable()
        self._checks: dict[str, asyncio.Task[None]] = {}

    def begin(self, ids: Iterable[str]) -> None:
        """Check exactly these, spread over one interval."""
        now, self._due = self._clock(), Timetable()
        for one in ids:
            self._due.set(one, now + self._interval * random.random())

    def drop(self, id: str) -> None:
        self._due.drop(id)

    async def start_due(self) -> None:
        """Start what is due, one after the other: calls get their turn in between."""
        for one in self._due.take(self._clock()):
            self.soon(one)
            await asyncio.sleep(0)

    def soon(self, id: str) -> None:
        """Start a check of this instance now, unless one is under way; the next is due later."""
        pause = self._interval * random.uniform(1 - JITTER, 1 + JITTER)
        self._due.set(id, self._clock() + pause)
        if id not in self._checks:
            task = asyncio.create_task(
                self._check(id),
                name=f"check-{id}",
                context=Context(),  # not that of a request
            )
            self._checks[id] = task
            task.add_done_callback(lambda _: self._checks.pop(id, None))

    async def stop(self) -> None:
        tasks = list(self._checks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _check(self, id: str) -> None:
        try:
            async with self._room:
                instance = self._find(id)
                if instance is None:
                    return
                outcome = await self._prober.probe(instance)
            await self._tell(id, outcome)
        except Exception:  # the border: nobody awaits this task
            log.exception("check.failed", instance=id)
