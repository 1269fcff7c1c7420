"""The repository of many replicas: what each of them does is decided in Valkey."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, ClassVar, Final, Self

from ..chassis.errors import Unavailable
from ..chassis.resource import CannotStart, Resource
from ..instance.models import Checks, Departure, Instance
from ..instance.repository import Stale, Tombstone, place
from ..instance.view import View
from . import codec, scripts
from .connection import COMMAND_SECONDS, Connection
from .follower import Follower

# Whoever keeps watch and is gone is followed by another after this time.
_KEEPER_SECONDS: Final = 3.0
_ASK_SECONDS: Final = 0.5
_BEATS_SECONDS: Final = 0.2
_MOST_BEATS: Final = 20_000
_MOST_BATCHES: Final = 64


class Shared(Resource):
    """Reads are answered from the view, even while Valkey is away; changes then fail with 503."""

    name: ClassVar[str] = "instances"

    def __init__(
        self, url: str, clock: Callable[[], float], *, history: int, tombstone_seconds: float
    ) -> None:
        self.view = View("", history=history)
        self._clock = clock
        self._history = history
        self._tombstone_milliseconds = round(tombstone_seconds * 1000)
        self._connection = Connection(url)
        self._follower = Follower(self._connection, self.view, history)
        self._replica = secrets.token_hex(8)
        self._keeps = False
        self._asked = self._collected = float("-inf")

    async def __aenter__(self) -> Self:
        try:
            await self._follower.load()
        except Unavailable as error:
            raise CannotStart(f"REDIS_URL does not answer: {self._connection.reason}") from error
        self._following = asyncio.create_task(self._follower.follow(), name="follower")
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._follower.close()
        self._following.cancel()
        await asyncio.gather(self._following, return_exceptions=True)
        if self._keeps and self._connection.reason is None:
            keys = (scripts.KEEPER,)
            release = self._connection.run(scripts.RELEASE, keys, self._replica)
            await asyncio.gather(release, return_exceptions=True)  # else it ends by itself
        await self._connection.close()

    async def ping(self) -> None:
        if self._connection.reason is not None:
            raise ConnectionError(self._connection.reason)
        if self._following.done():
            raise RuntimeError("nobody follows the changes any more")

    async def save(self, instance: Instance) -> Instance:
        revision = await self._step(scripts.SAVE, scripts.TRUTH, instance)
        return replace(instance, revision=revision)

    async def remove(self, instance: Instance, why: Departure) -> int:
        keys: tuple[str, ...] = scripts.TRUTH
        if why is Departure.left:
            where = place(instance.name, instance.url)
            keys = (*keys, scripts.LEFT + instance.id, scripts.LEFT + where)
        stone = codec.encode(Tombstone(instance.id, instance.secret_digest))
        extra = (why.value, stone, self._tombstone_milliseconds)
        return await self._step(scripts.REMOVE, keys, instance, *extra)

    async def tombstone(self, key: str) -> Tombstone | None:
        with self._connection.asking() as client:
            text: Any = await client.get(scripts.LEFT + key)
        return codec.tombstone(text) if text else None

    async def catch_up(self) -> None:
        before = self.view.revision
        with self._connection.asking() as client:
            revision = int(await client.get(scripts.REVISION) or 0)
        await self._shown(revision, before)

    async def beat(self, id: str) -> None:
        with self._connection.asking() as client:
            await client.sadd(scripts.BEATS, id)

    async def beats(self) -> Mapping[str, float]:
        now = self._clock()
        if now - self._collected < _BEATS_SECONDS:
            return {}
        self._collected = now
        with self._connection.asking() as client:
            ids: Any = await client.spop(scripts.BEATS, _MOST_BEATS)
        return {one.decode(): now for one in ids}

    async def watching(self) -> bool:
        now = self._clock()
        if now - self._asked >= _ASK_SECONDS:
            self._keeps, self._asked = False, now
            milliseconds = round(_KEEPER_SECONDS * 1000)
            keys = (scripts.KEEPER,)
            answered = await self._connection.run(scripts.KEEP, keys, self._replica, milliseconds)
            # Whoever slept on the way may find that another one has taken over.
            self._keeps = bool(answered) and self._clock() - now < _KEEPER_SECONDS
        return self._keeps

    async def share(self, checks: Checks) -> None:
        fields = {"found": codec.encode(checks)}
        with self._connection.asking() as client:
            await client.xadd(scripts.CHECKS, fields, maxlen=_MOST_BATCHES)  # type: ignore[arg-type]

    async def _step(
        self, script: str, keys: tuple[str, ...], instance: Instance, *extra: object
    ) -> int:
        """One change, shown in the view; its revision. Raises Stale or Unavailable."""
        where = place(instance.name, instance.url)
        read = (instance.id, where, instance.revision, codec.encode(instance), self._history)
        before = self.view.revision
        revision = await self._connection.run(script, keys, *read, *extra)
        if not revision:
            raise Stale(instance.id)
        await self._shown(revision, before)
        return revision

    async def _shown(self, revision: int, before: int) -> None:
        """Return when the view shows this revision; less than before means an emptied Valkey."""
        if revision < before:
            await self._follower.load()
        try:
            async with asyncio.timeout(COMMAND_SECONDS):
                await self.view.reached(revision)
        except TimeoutError as error:
            raise Unavailable("this replica does not hear what changes") from error
