"""One clock for all connections: each is asked ten times a second whether its time is over."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import Final, Protocol

TICK_SECONDS: Final = 0.1


class Watched(Protocol):
    def check(self, now: float) -> None:
        """End what has lasted too long."""


class Watch:
    """Asks all that it watches; a timer for every request would cost more than the request."""

    def __init__(self, tick: float = TICK_SECONDS) -> None:
        self.watched: set[Watched] = set()
        self._tick = tick
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(self._tick, self._look)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _look(self) -> None:
        self.start()
        now = monotonic()
        for one in tuple(self.watched):
            one.check(now)
