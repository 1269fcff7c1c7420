"""Counting what happened in the last seconds."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

Clock = Callable[[], float]

_SLOTS: Final = 10


@dataclass(slots=True)
class _Slot:
    number: int
    total: int = 0
    marked: int = 0


class SlidingWindow:
    """How many things happened in the last `seconds`, and how many of them were marked."""

    def __init__(self, seconds: float, clock: Clock) -> None:
        self._width = seconds / _SLOTS
        self._clock = clock
        self._slots: deque[_Slot] = deque()

    def add(self, *, total: int = 0, marked: int = 0) -> None:
        number = self._forget()
        if not self._slots or self._slots[-1].number != number:
            self._slots.append(_Slot(number))
        self._slots[-1].total += total
        self._slots[-1].marked += marked

    @property
    def total(self) -> int:
        self._forget()
        return sum(slot.total for slot in self._slots)

    @property
    def marked(self) -> int:
        self._forget()
        return sum(slot.marked for slot in self._slots)

    def clear(self) -> None:
        self._slots.clear()

    def _forget(self) -> int:
        """Drop what is too old; the number of the slot that it is now."""
        number = int(self._clock() / self._width)
        while self._slots and self._slots[0].number <= number - _SLOTS:
            self._slots.popleft()
        return number
