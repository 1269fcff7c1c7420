"""The retry budget: repeating is for faults that are rare.

Where a service is slow or half away, retries by everybody would be the load that keeps it there.
"""

from __future__ import annotations

from typing import Final

from .window import Clock, SlidingWindow

SHARE: Final = 0.2
RESERVE: Final = 3
WINDOW_SECONDS: Final = 10.0


class RetryBudget:
    """Allows retries for a fifth of the calls of the last ten seconds, and always for a few."""

    def __init__(self, clock: Clock) -> None:
        self._window = SlidingWindow(WINDOW_SECONDS, clock)

    def count_call(self) -> None:
        self._window.add(total=1)

    def spend(self) -> bool:
        """Take one retry; False where there is none left."""
        if self._window.marked >= RESERVE + SHARE * self._window.total:
            return False
        self._window.add(marked=1)
        return True
