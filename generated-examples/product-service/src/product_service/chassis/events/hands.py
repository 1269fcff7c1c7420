"""Tasks that work off lanes: one for all of them, and more only where a handler waits.

A task for each lane would take longer than handlers that need not wait.  And no more than so many,
however many lanes there are: what handlers wait for has its limits as well.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Final

from .delivery import Delivery

_MOST: Final = 64
_TURN_SECONDS: Final = 0.00025  # then others have theirs: requests that wait for an answer

Lane = list[Delivery]


class Hands:
    """A lane is in one pair of hands at a time; `work_off` leaves in it what is not yet done."""

    def __init__(self, work_off: Callable[[Lane], Awaitable[None]]) -> None:
        self._work_off = work_off
        self._ready: deque[Lane] = deque()  # that have something, and nobody is at them
        self._tasks: set[asyncio.Task[None]] = set()
        self._called = False
        self._resting = False  # one has had its turn, and goes on with the next one

    def add(self, lane: Lane) -> None:
        """It has something now."""
        self._ready.append(lane)

    def begin(self, most: int = 1) -> None:
        """Take what is ready in hand, with so many tasks more at most."""
        for _ in range(min(most, len(self._ready), _MOST - len(self._tasks))):
            task = asyncio.create_task(self._take_turns())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        """End whatever is under way."""
        self._ready.clear()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _take_turns(self) -> None:
        """Take one lane after the other, and let others have their turn now and then."""
        end = monotonic() + _TURN_SECONDS
        while self._ready:
            lane = self._ready.popleft()
            if self._ready and not self._called:
                self._call_others()
            await self._work_off(lane)
            if lane:
                self._ready.append(lane)
            if monotonic() > end:
                if self._resting:
                    return
                self._resting = True
                await asyncio.sleep(0)
                self._resting = False
                end = monotonic() + _TURN_SECONDS

    def _call_others(self) -> None:
        """Others come to the lanes that are left, if the one that calls has to wait."""
        self._called = True
        asyncio.get_running_loop().call_soon(self._come)

    def _come(self) -> None:
        self._called = False
        self.begin(len(self._tasks))  # as many again as wait
