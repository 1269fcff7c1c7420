"""Which streams of a topic are with which process of a group.

A lease has a token, `<consumer's name>|<boot id>`, and ends by itself when it is not renewed.
Every process gives up what is beyond its fair share, and takes what is free.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from uuid import uuid4

from redis.asyncio import Redis

from . import scripts
from .keys import Names
from .wire import asking


class Leases:
    """The leases of one process; every method raises TransportAway."""

    def __init__(self, redis: Redis, names: Names, consumer: str, seconds: float) -> None:
        self.consumer = consumer
        self.token = f"{consumer}|{uuid4().hex}"
        self._redis = redis
        self._names = names
        self._milliseconds = int(seconds * 1000)

    async def renew(self, streams: Sequence[str]) -> tuple[int, list[str]]:
        """The fair share of streams, now that we are seen; and those of ours that are lost."""
        names, milliseconds = self._names, self._milliseconds
        pipe = self._redis.pipeline(transaction=False)
        pipe.eval(scripts.MEET, 1, names.members, self.consumer, milliseconds)
        for stream in streams:
            pipe.eval(scripts.RENEW, 1, names.lease(stream), self.token, milliseconds)
        with asking():
            async with pipe:
                members, *renewed = await pipe.execute()
        lost = [stream for stream, ours in zip(streams, renewed, strict=True) if not ours]
        return math.ceil(len(names.streams) / members), lost

    async def acquire(self, stream: str) -> bool:
        """Whether it is ours now."""
        lease = self._names.lease(stream)
        with asking():
            taken = await self._redis.eval(
                scripts.ACQUIRE, 1, lease, self.token, str(self._milliseconds)
            )
        return bool(taken)

    async def release(self, stream: str) -> None:
        with asking():
            await self._redis.eval(scripts.RELEASE, 1, self._names.lease(stream), self.token)

    async def part(self) -> None:
        """We are no member any more."""
        with asking():
            await self._redis.zrem(self._names.members, self.consumer)
