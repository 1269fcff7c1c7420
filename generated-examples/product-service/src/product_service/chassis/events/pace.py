"""How much is in hand at once, and how long what failed rests."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Patience:
    """How often an entry is tried, and how long it rests in between."""

    attempts: int = 6
    first_seconds: float = 0.1
    longest_seconds: float = 10.0

    def pause(self, attempt: int) -> float:
        """Twice as long each time, of which at least half."""
        longest = min(self.longest_seconds, self.first_seconds * 2.0 ** (attempt - 1))
        return random.uniform(0.5, 1.0) * longest


class Window:
    """How many entries may be in hand at once."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._room = asyncio.Event()
        self.room = most

    def take(self, count: int) -> None:
        self.room -= count

    def give(self, count: int) -> None:
        self.room += count
        if self.room >= self._most // 4:  # and not at once: many small reads cost more than one
            self._room.set()

    async def wait(self) -> None:
        """Until there is room for a read that is worth it."""
        while self.room < self._most // 4:
            self._room.clear()
            await self._room.wait()
