"""Find it, or load it once and keep it."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import ClassVar, Final

from pydantic import Field, TypeAdapter
from pydantic_settings import SettingsConfigDict

from ..errors import DeadlineExceeded
from ..resource import Resource
from ..settings import Settings
from ..valkey import ValkeyAway
from .entries import LONGEST_TTL, Claim, Entries, Found
from .flights import Flights
from .metrics import CacheMetrics
from .stale import Debts, Stale
from .wanted import Kept, Value, Wanted, shape_of

_SHORTEST_PAUSE: Final = 0.005
_LONGEST_PAUSE: Final = 0.1


class CacheSettings(Settings):
    """How long a load may take, and how long "there is none" is believed."""

    model_config = SettingsConfigDict(env_prefix="CACHE_")

    load_seconds: float = Field(default=10.0, gt=0, le=300)
    none_seconds: float = Field(default=30.0, gt=0, le=3600)


class Cache(Resource):
    """Values by key, each kept for a while, and none from before its last invalidation."""

    name: ClassVar[str] = "cache"

    def __init__(self, entries: Entries, settings: CacheSettings, metrics: CacheMetrics) -> None:
        self._entries = entries
        self._settings = settings
        self._metrics = metrics
        self._flights = Flights()
        self._debts = Debts(entries.forget)

    async def __aexit__(self, *error: object) -> None:
        await self._flights.close()
        await self._debts.close()

    async def get_or_load(
        self,
        key: str,
        load: Callable[[], Awaitable[Value | None]],
        *,
        ttl: float,
        model: type[Value] | TypeAdapter[Value],
        tags: Iterable[str] = (),
    ) -> Value | None:
        """What is kept for `key`, else what `load` returns, kept for at most `ttl` seconds.

        None ("there is none") is kept as well, for CACHE_NONE_SECONDS at most.  `tags` are further
        names to invalidate it by.  Raises what `load` raises, DeadlineExceeded if it takes longer
        than CACHE_LOAD_SECONDS, and ValueError for a `ttl` over a day.
        """
        if not 0 < ttl <= LONGEST_TTL:
            raise ValueError(f"a value is kept for 0 to {LONGEST_TTL:.0f} seconds, not {ttl}")
        wanted = Wanted(key, tuple(tags), load, ttl, shape_of(model))
        kept = await self._look(wanted)
        if kept is not None:
            return kept.value
        return await self._flights.join(key, wanted.tags, partial(self._fill, wanted))

    async def invalidate(self, *keys: str, tags: Iterable[str] = ()) -> None:
        """Use nothing that was loaded before now: of these keys, and of all keys with these tags.

        While Valkey is away only this process knows; the others do within a second of its return.
        """
        stale = Stale(frozenset(keys), frozenset(tags))
        self._flights.leave(stale)
        try:
            await self._entries.forget(stale)
        except ValkeyAway:
            self._debts.owe(stale)

    async def _look(self, wanted: Wanted[Value]) -> Kept[Value] | None:
        try:
            if self._debts.covers(wanted.key, wanted.tags):
                raise ValkeyAway("Valkey may have what is out of date")
            found = await self._entries.get(wanted.key, wanted.tags)
        except ValkeyAway:
            self._metrics.looked("away")
            return None
        kept = wanted.read(found.payload) if found else None
        self._metrics.looked("hit" if kept else "miss")
        return kept

    async def _fill(self, wanted: Wanted[Value]) -> Value | None:
        if self._debts.covers(wanted.key, wanted.tags):
            return await self._load(wanted)
        try:
            kept = await self._among_processes(wanted)
        except ValkeyAway:
            return await self._load(wanted)
        if kept is not None:
            return kept.value
        self._flights.leave(Stale(frozenset({wanted.key})))  # it may be invalidated once more
        return await self._load(wanted)

    async def _among_processes(self, wanted: Wanted[Value]) -> Kept[Value] | None:
        """What one process loads while the others look for it; None when that takes too long."""
        patience = time.monotonic() + self._settings.load_seconds
        pause = _SHORTEST_PAUSE
        while time.monotonic() < patience:
            claim = await self._entries.claim(wanted.key, wanted.tags)
            if isinstance(claim, Found):
                if kept := wanted.read(claim.payload):
                    return kept
                await self._entries.forget(Stale(frozenset({wanted.key})))
            elif isinstance(claim, Claim):
                if kept := await self._load_and_keep(wanted, claim):
                    return kept
            else:
                await asyncio.sleep(pause * (0.5 + random.random()))
                pause = min(2 * pause, _LONGEST_PAUSE)
        return None

    async def _load_and_keep(self, wanted: Wanted[Value], claim: Claim) -> Kept[Value] | None:
        """What was loaded, or None if it was invalidated meanwhile."""
        try:
            value = await self._load(wanted)
        except BaseException:
            with contextlib.suppress(ValkeyAway):  # without it the claim ends by itself
                await self._entries.release(wanted.key, claim)
            raise
        ttl = wanted.ttl if value is not None else min(wanted.ttl, self._settings.none_seconds)
        ttl *= 0.9 + random.random() / 10  # what came together must not go together
        payload = wanted.write(value)
        try:
            kept = await self._entries.keep(wanted.key, wanted.tags, claim, payload, ttl)
        except ValkeyAway:
            return Kept(value)
        return Kept(value) if kept else None

    async def _load(self, wanted: Wanted[Value]) -> Value | None:
        with self._metrics.loading():
            try:
                async with asyncio.timeout(self._settings.load_seconds) as limit:
                    return await wanted.load()
            except TimeoutError as error:
                if limit.expired():
                    raise DeadlineExceeded("loading this took too long; try again") from error
                raise
