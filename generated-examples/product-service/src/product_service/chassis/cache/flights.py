"""Work that many wait for and one does, in this process."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from .stale import Stale

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Flight:
    """One load, on its way."""

    tags: Sequence[str]
    task: asyncio.Task[Any]  # Any: each load has its own result


class Flights:
    """At most one load of a key at a time, shared by all who ask meanwhile."""

    def __init__(self) -> None:
        self._by_key: dict[str, Flight] = {}
        self._tasks: set[asyncio.Task[Any]] = set()

    async def join(
        self, key: str, tags: Sequence[str], work: Callable[[], Awaitable[Result]]
    ) -> Result:
        """The result of the work that is on its way for this key, else of this work.

        It belongs to none of those who wait: it goes on when one of them is cancelled.
        """
        flight = self._by_key.get(key)
        if flight is None:
            flight = self._by_key[key] = Flight(tags, asyncio.ensure_future(_awaited(work)))
            self._tasks.add(flight.task)
            flight.task.add_done_callback(lambda task: self._landed(key, task))
        result: Result = await asyncio.shield(flight.task)
        return result

    def leave(self, stale: Stale) -> None:
        """Let nobody else join what set out before this invalidation."""
        left = [key for key, flight in self._by_key.items() if stale.covers(key, flight.tags)]
        for key in left:
            del self._by_key[key]

    async def close(self) -> None:
        """Cancel what is still on its way."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _landed(self, key: str, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if key in self._by_key and self._by_key[key].task is task:
            del self._by_key[key]
        if not task.cancelled():
            task.exception()  # whoever waits is told; nobody may be left to


async def _awaited(work: Callable[[], Awaitable[Result]]) -> Result:
    return await work()
