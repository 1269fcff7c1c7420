"""The bulkhead: how much of this service may wait for one other service.

Without it a service that hangs collects every request of its callers, and their memory with them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from .errors import Crowded, TooSlow


class Bulkhead:
    """At most `concurrency` calls at a time and `waiting` behind them; the next is turned away."""

    def __init__(self, service: str, *, concurrency: int, waiting: int) -> None:
        self.concurrency = concurrency
        self.under_way = 0
        self.waiting = 0
        self._most_waiting = waiting
        self._service = service
        self._places = asyncio.Semaphore(concurrency)

    @asynccontextmanager
    async def place(self, seconds: float) -> AsyncIterator[None]:
        """Hold a place; raises Crowded at once, or TooSlow after waiting so many seconds for it."""
        await self._enter(seconds)
        self.under_way += 1
        try:
            yield
        finally:
            self.under_way -= 1
            self._places.release()

    async def _enter(self, seconds: float) -> None:
        if self._places.locked() and self.waiting >= self._most_waiting:
            raise Crowded(self._service)
        self.waiting += 1
        try:
            async with asyncio.timeout(seconds):
                await self._places.acquire()
        except TimeoutError:
            raise TooSlow(self._service) from None
        finally:
            self.waiting -= 1
