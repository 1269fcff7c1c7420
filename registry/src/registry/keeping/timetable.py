"""When something is due, for many things at once; looking costs nothing where nothing is."""

from __future__ import annotations

import heapq
from collections.abc import Iterator


class Timetable:
    """One moment for each key; the last one that was set counts."""

    def __init__(self) -> None:
        self._at: dict[str, float] = {}
        self._heap: list[tuple[float, str]] = []

    def set(self, key: str, at: float) -> None:
        self._at[key] = at
        heapq.heappush(self._heap, (at, key))

    def drop(self, key: str) -> None:
        self._at.pop(key, None)

    def take(self, now: float) -> Iterator[str]:
        """What is due, the oldest first; it is due no more once it has been taken."""
        while self._heap and self._heap[0][0] <= now:
            at, key = heapq.heappop(self._heap)
            if self._at.get(key) == at:
                del self._at[key]
                yield key
