"""Invalidations, and those that Valkey could not be told yet."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Final

from ..valkey import PAUSE_SECONDS, ValkeyAway

EVERYTHING: Final = "*"  # a tag that every entry has
_MOST: Final = 10_000


@dataclass(frozen=True, slots=True)
class Stale:
    """Keys, and tags of further keys, of which nothing loaded before now may be used."""

    keys: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.keys or self.tags)

    def __or__(self, other: Stale) -> Stale:
        both = Stale(self.keys | other.keys, self.tags | other.tags)
        too_many = len(both.keys) + len(both.tags) > _MOST
        return Stale(tags=frozenset({EVERYTHING})) if too_many else both

    def covers(self, key: str, tags: Iterable[str]) -> bool:
        """Whether an entry with this key and these tags is meant."""
        return key in self.keys or EVERYTHING in self.tags or not self.tags.isdisjoint(tags)


class Debts:
    """Remembers what could not be told, tells it when Valkey is back, and knows it till then."""

    def __init__(self, tell: Callable[[Stale], Awaitable[None]]) -> None:
        self._tell = tell
        self._owed = Stale()
        self._being_told = Stale()
        self._paying: asyncio.Task[None] | None = None

    def covers(self, key: str, tags: Iterable[str]) -> bool:
        """Whether what Valkey has of this entry may be older than an invalidation."""
        return self._owed.covers(key, tags) or self._being_told.covers(key, tags)

    def owe(self, stale: Stale) -> None:
        """Tell this as soon as Valkey is back."""
        self._owed |= stale
        if self._paying is None:
            self._paying = asyncio.create_task(self._pay(), name="cache-invalidations")

    async def close(self) -> None:
        if self._paying is not None:
            self._paying.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._paying

    async def _pay(self) -> None:
        while self._owed:
            await asyncio.sleep(PAUSE_SECONDS * (0.2 + random.random() * 0.3))
            self._being_told, self._owed = self._owed, Stale()
            try:
                await self._tell(self._being_told)
            except ValkeyAway:
                self._owed |= self._being_told
            self._being_told = Stale()
        self._paying = None
