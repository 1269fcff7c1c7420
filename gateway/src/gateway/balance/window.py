"""Counting what happened lately, as cheaply as adding one to a number."""

from __future__ import annotations


class Window:
    """Things and marked things of the last one to two periods."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._ends = 0.0
        self._total = self._marked = 0
        self._total_before = self._marked_before = 0

    def add(self, now: float, marked: int = 0) -> None:
        if now >= self._ends:
            self._turn(now)
        self._total += 1
        self._marked += marked

    def mark(self, now: float) -> None:
        """One of the things that were counted is marked now."""
        if now >= self._ends:
            self._turn(now)
        self._marked += 1

    @property
    def total(self) -> int:
        return self._total + self._total_before

    @property
    def marked(self) -> int:
        return self._marked + self._marked_before

    def clear(self) -> None:
        self._total = self._marked = self._total_before = self._marked_before = 0

    def _turn(self, now: float) -> None:
        recent = now < self._ends + self._seconds
        self._total_before = self._total if recent else 0
        self._marked_before = self._marked if recent else 0
        self._total = self._marked = 0
        self._ends = now + self._seconds
