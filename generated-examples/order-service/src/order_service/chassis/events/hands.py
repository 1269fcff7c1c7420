"""Tasks that work off lanes: one for all of them, and more only where a handler waits.

A task for each lane would take longer than handlers that need not wait.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Final

from .delivery import Delivery

_TURN_SECONDS: Final = 0.0005  # then others have theirs: requests that wait for an answer

Lane = deque[Delivery]


class Hands:
    """A lane is in one pair of hands at a time; `work_off` leaves in it what is not yet done."""

    def __init__(self, work_off: Callable[[Lane], Awaitable[None]]) -> None:
        self._work_off = work_off
        self._ready: deque[Lane] = deque()  # that have something, and nobody is at them
        self._tasks: set[asyncio.Task[None]] = set()
        self._called = False

    def add(self, lane: Lane) -> None:
        """It has something now."""
        self._ready.append(lane)

    def begin(self, most: int = 1) -> None:
        """Take what is ready in hand, with so many tasks at most."""
        for _ in range(min(most, len(self._ready))):
            task = asyncio.create_task(self._take_turn())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        """End whatever is under way."""
        self._ready.clear()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _take_turn(self) -> None:
        """Take one lane after the other, for a while."""
        end = monotonic() + _TURN_SECONDS
        while self._ready:
            lane = self._ready.popleft()
            self._call_others()
            await self._work_off(lane)
            if lane:
                self._ready.append(lane)
            if monotonic() > end:
                self.begin()
                break

    def _call_others(self) -> None:
        """Others come to the lanes that are left, if the one that calls has to wait."""
        if self._ready and not self._called:
            self._called = True
            asyncio.get_running_loop().call_soon(self._come)

    def _come(self) -> None:
        self._called = False
        self.begin(len(self._tasks))  # as many again as wait
