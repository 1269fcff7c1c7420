"""The events of the whole shop where they travel: what was told, what is behind, what was given
up."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from redis.asyncio import Redis

from tools.shop.answers import Json

_ALL: Final = "ev:{*}*"


@dataclass(frozen=True, slots=True)
class Told:
    """One event as it was sent."""

    id: str
    type: str
    data: Json


class Streams:
    """Every stream of every service."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def told(self, **about: str) -> Sequence[Told]:
        """All events whose data says this, like `order_id=…`."""
        return [
            told
            for stream in await self._named(lambda name: name.endswith("}"))
            for _, fields in await self._entries(stream)
            if (told := _told(fields)) and about.items() <= told.data.items()
        ]

    async def behind(self) -> Mapping[str, int]:
        """How many events each group has not handled, where there are any."""
        found: dict[str, int] = {}
        for stream in await self._named(lambda name: ":dlq:" not in name):
            groups: Any = await self._redis.xinfo_groups(stream)  # Any: as redis-py reads them
            for group in groups:
                if left := group["pending"] + (group["lag"] or 0):
                    found[f"{group['name'].decode()} of {stream}"] = left
        return found

    async def dead(self) -> Sequence[str]:
        """What was given up, with its reason."""
        return [
            f"{name.rpartition(':')[2]} gave up {fields.get(b'type', b'?').decode()}: "
            + fields[b"dlq-reason"].decode(errors="replace").strip().rpartition("\n")[2]
            for name in await self._named(lambda name: ":dlq:" in name)
            for _, fields in await self._entries(name)
        ]

    async def live_of(self, user: str) -> Sequence[str]:
        """The live topics of this user of which something is kept."""
        return [key.decode() async for key in self._redis.scan_iter(f"rts:*{user}*", 1000)]

    async def send_all_again(self) -> int:
        """Put every event into its stream once more; how many there were."""
        sent = 0
        for stream in await self._named(lambda name: name.endswith("}")):
            for _, fields in await self._entries(stream):
                await self._redis.xadd(stream, fields)
                sent += 1
        return sent

    async def _named(self, wanted: Any) -> Sequence[str]:
        keys = [key.decode() async for key in self._redis.scan_iter(_ALL, 1000, _type="stream")]
        return sorted(filter(wanted, keys))

    async def _entries(self, stream: str) -> Any:  # Any: as redis-py reads them
        return await self._redis.xrange(stream)


def _told(fields: Mapping[bytes, bytes]) -> Told | None:
    data = json.loads(fields[b"data"])
    if not isinstance(data, dict):
        return None
    return Told(fields[b"id"].decode(), fields[b"type"].decode(), data)


@asynccontextmanager
async def reading(url: str) -> AsyncIterator[Streams]:
    """The streams in this Valkey, until the block ends."""
    async with Redis.from_url(url) as redis:
        yield Streams(redis)
