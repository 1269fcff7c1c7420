"""The entries of one partition in hand: in order for each key, and side by side for the rest.

A key has a lane while it has entries, and a lane works off one run of them after the other.  What
fails is tried again in its lane, after a pause that grows, while the other lanes go on; what fails
for good, or is unreadable, goes to the dead letters.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Final

import structlog

from .delivery import Delivery, Hold, Interrupted, Outcome, TransportAway, Work
from .envelope import Unprocessable
from .hands import Hands, Lane
from .pace import Patience, Window

_LONGEST_RUN: Final = 32
_PAUSE_SECONDS: Final = 0.3  # before what was interrupted through no fault of its own

log = structlog.get_logger()


@dataclass(frozen=True)
class Intake:
    """Where the entries of all partitions of a topic go."""

    work: Work
    patience: Patience = field(default_factory=Patience)
    window: Window = field(default_factory=lambda: Window(1024))
    alone: asyncio.Lock = field(default_factory=asyncio.Lock)

    def open(self, hold: Hold) -> Lanes:
        """The lanes for a partition that has just been taken."""
        return Lanes(hold, self)


class Lanes:
    """Hands entries to the work until it is closed."""

    def __init__(self, hold: Hold, intake: Intake) -> None:
        self._hold = hold
        self._intake = intake
        self._lanes: dict[bytes, Lane] = {}  # by key, and none is empty
        self._hands = Hands(self._work_off)
        self._closed = False
        self._finished: list[Delivery] = []  # and not yet told to anybody
        self._idle = asyncio.Event()
        self._idle.set()
        self.in_hand: set[bytes] = set()

    def push(self, deliveries: Iterable[Delivery]) -> None:
        """Take these in hand, after those of the same keys that came before."""
        fresh = [one for one in deliveries if one.id not in self.in_hand]
        if not fresh or self._closed:
            return
        self._idle.clear()
        self._intake.window.take(len(fresh))
        self.in_hand.update([one.id for one in fresh])
        for one in fresh:
            lane = self._lanes.get(one.key)
            if lane is None:
                lane = self._lanes[one.key] = [one]
                self._hands.add(lane)
            else:
                lane.append(one)
        self._hands.begin()

    async def drained(self, seconds: float) -> None:
        """Wait until nothing is in hand, at most so long."""
        try:
            async with asyncio.timeout(seconds):
                await self._idle.wait()
        except TimeoutError:
            log.warning("events.left_in_hand", entries=len(self.in_hand))

    async def close(self) -> None:
        """Stop what is under way; who takes the partition next begins it again."""
        self._closed = True
        await self._hands.stop()
        self._tell()
        self._intake.window.give(len(self.in_hand))
        self.in_hand.clear()
        self._idle.set()

    async def _work_off(self, lane: Lane) -> None:
        """Hand on the first of a lane, as many as go together."""
        key = lane[0].key
        try:
            outcome = await self._try(lane)
            self._done(lane, outcome.done)
            if outcome.error is not None:
                await self._failed(lane, outcome.error)
        except asyncio.CancelledError:
            self._done(lane, sum(1 for _ in takewhile(lambda one: one.handled, lane)))
            raise
        if not lane:
            del self._lanes[key]

    async def _try(self, lane: Lane) -> Outcome:
        try:
            if lane[0].suspect:
                return await self._try_alone(lane[0])
            return await self._intake.work(_run(lane))
        except Exception as error:  # the border: a mistake of ours must not end the lane
            log.exception("events.work_failed")
            return Outcome(0, error)

    async def _try_alone(self, suspect: Delivery) -> Outcome:
        async with self._intake.alone:
            if suspect.attempt > self._intake.patience.attempts:
                return Outcome(0, Unprocessable("the process ended each time it was tried"))
            await asyncio.sleep(0)  # so that it is told of all that was done before
            await self._insist(lambda: self._hold.note(suspect))  # else it might end uncounted
            return await self._intake.work([suspect])

    async def _failed(self, lane: Lane, error: Exception) -> None:
        first, patience = lane[0], self._intake.patience
        if isinstance(error, Interrupted):
            await asyncio.sleep(random.uniform(0.5, 1.0) * _PAUSE_SECONDS)
        elif isinstance(error, Unprocessable) or first.attempt >= patience.attempts:
            reason = f"{type(error).__name__}: {error}"
            await self._insist(lambda: self._hold.bury(first, reason))
            log.error("event.dead", **first.named, reason=reason)
            self._leave([lane.pop(0)])
        else:
            log.warning("event.failed", **first.named, exc_info=error)
            await self._insist(lambda: self._hold.note(first))
            await asyncio.sleep(patience.pause(first.attempt))
            first.attempt += 1

    async def _insist(self, act: Callable[[], Awaitable[None]]) -> None:
        """Do it, however long the transport is away."""
        while True:
            try:
                return await act()
            except TransportAway:
                await asyncio.sleep(random.uniform(0.5, 1.0) * _PAUSE_SECONDS)

    def _done(self, lane: Lane, count: int) -> None:
        """What lanes finish in one turn of the loop is told in one go."""
        if not count:
            return
        if not self._finished:
            asyncio.get_running_loop().call_soon(self._tell)
        self._finished += lane[:count]
        del lane[:count]

    def _tell(self) -> None:
        finished, self._finished = self._finished, []
        if finished:
            self._hold.done(finished)
            self._leave(finished)

    def _leave(self, deliveries: Sequence[Delivery]) -> None:
        self.in_hand.difference_update([one.id for one in deliveries])
        self._intake.window.give(len(deliveries))
        if not self.in_hand:
            self._idle.set()


def _run(lane: Lane) -> list[Delivery]:
    """What goes together: no suspect goes with others."""
    run = lane[:_LONGEST_RUN]
    for number, one in enumerate(run):
        if one.suspect:
            return run[:number]
    return run
