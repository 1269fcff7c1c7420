"""Handlers that take too long are ended, by one timer for all of them.

A timer for each would take longer than most handlers do.
"""

from __future__ import annotations

import asyncio
from time import monotonic
from types import TracebackType
from typing import Self


class Overtime:
    """Ends what lasts longer than so many seconds."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._watched: set[Watched] = set()
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, one: Watched) -> None:
        self._watched.add(one)
        if self._timer is None:
            self._look_later()

    def end(self, one: Watched) -> None:
        self._watched.discard(one)

    def _look_later(self) -> None:
        """Look when the first of them may be over its time."""
        first = min(one.begun for one in self._watched)
        left = first + self.seconds - monotonic()
        self._timer = asyncio.get_running_loop().call_later(left, self._look)

    def _look(self) -> None:
        self._timer = None
        latest = monotonic() - self.seconds
        for one in [one for one in self._watched if one.begun <= latest]:
            self._watched.discard(one)
            one.cancel()
        if self._watched:
            self._look_later()


class Watched:
    """What one task does, one thing after the other; raises TimeoutError where one takes too long.

    As asyncio.timeout(), but that moving its end costs nothing.
    """

    __slots__ = ("_cancelling", "_late", "_overtime", "_task", "begun")

    def __init__(self, overtime: Overtime) -> None:
        self._overtime = overtime
        self._late = False
        self.begun = 0.0

    def __enter__(self) -> Self:
        task = asyncio.current_task()
        assert task is not None, "only a task can be ended"
        self._task, self._cancelling = task, task.cancelling()
        self.begun = monotonic()
        self._overtime.begin(self)
        return self

    def next(self) -> None:
        """The next thing begins."""
        self.begun = monotonic()

    def cancel(self) -> None:
        self._late = True
        self._task.cancel()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self._overtime.end(self)
        if (
            self._late
            and self._task.uncancel() <= self._cancelling
            and isinstance(error, asyncio.CancelledError)
        ):
            raise TimeoutError(f"it took longer than {self._overtime.seconds:g} s") from error
