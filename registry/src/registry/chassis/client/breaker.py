"""The circuit breaker: a service that fails is left alone, so that it and its callers recover.

closed     every attempt is admitted; too large a share of failures opens
open       nothing is admitted for a while
half-open  one attempt at a time is admitted: its success closes, its failure opens again
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from .window import Clock, SlidingWindow


class State(StrEnum):
    closed = "closed"
    half_open = "half-open"
    open = "open"


@dataclass(frozen=True, slots=True)
class Rules:
    """Opens when `share` of at least `attempts` in the last `window_seconds` failed."""

    share: float = 0.5
    attempts: int = 10
    window_seconds: float = 10.0
    open_seconds: float = 5.0


class Breaker:
    """The breaker of one service; `turned` is told each new state."""

    def __init__(
        self, clock: Clock, turned: Callable[[State], None], rules: Rules | None = None
    ) -> None:
        self._state = State.closed
        self._clock = clock
        self._turned = turned
        self._rules = rules or Rules()
        self._window = SlidingWindow(self._rules.window_seconds, clock)
        self._closed_to_all_until = 0.0
        self._permit = 0

    @property
    def state(self) -> State:
        """An open breaker whose time is over is half-open, even if nobody has called since."""
        over = self._clock() >= self._closed_to_all_until
        return State.half_open if self._state is State.open and over else self._state

    def admit(self) -> int | None:
        """A permit for one attempt, to be settled once; None: leave the service alone."""
        if self._state is State.closed:
            return self._permit
        if self._clock() < self._closed_to_all_until:
            return None
        self._turn(State.half_open, until=math.inf)
        return self._permit

    def settle(self, permit: int, *, failed: bool | None) -> None:
        """How the attempt ended; None: nobody knows.

        A permit from before the last turn has nothing to say any more.
        """
        if permit != self._permit:
            return
        if self._state is State.half_open:
            self._settle_probe(failed)
        elif failed is not None:
            self._window.add(total=1, marked=int(failed))
            if self._failing:
                self._open()

    def _settle_probe(self, failed: bool | None) -> None:
        if failed is None:
            self._closed_to_all_until = self._clock()  # the next attempt is the probe
        elif failed:
            self._open()
        else:
            self._window.clear()
            self._turn(State.closed, until=0.0)

    @property
    def _failing(self) -> bool:
        total = self._window.total
        return total >= self._rules.attempts and self._window.marked >= self._rules.share * total

    def _open(self) -> None:
        self._turn(State.open, until=self._clock() + self._rules.open_seconds)

    def _turn(self, state: State, *, until: float) -> None:
        changed = state is not self._state
        self._state = state
        self._closed_to_all_until = until
        self._permit += 1
        if changed:
            self._turned(state)
