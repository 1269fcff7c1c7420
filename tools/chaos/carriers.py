"""What carries the events of a run: Valkey or NATS."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from redis.asyncio import Redis

from dev.nats import NatsData, nats_unit
from dev.passwords import Passwords
from dev.ports import free_port
from dev.units import Unit
from dev.valkey import keyspace_in, valkey_unit

_STREAMS: Final = "ev:{*.[0-9]}"


@dataclass(frozen=True)
class Carrier:
    """The server, what the services are told of it, and how many events it was given twice.

    Whoever sends is killed before it has noted what it sent: that is sent once more.
    """

    unit: Unit
    told: Mapping[str, str]
    doubles: Callable[[], Awaitable[int]]


def carrier(transport: str, folder: Path, passwords: Passwords) -> Carrier:
    """The one of this name, with its data in the folder."""
    if transport == "nats":
        nats = NatsData(data=folder / "nats", port=free_port())
        told = {"EVENTS_TRANSPORT": "nats", "EVENTS_NATS_URL": nats.url}
        return Carrier(nats_unit(nats), told, _none)
    keyspace = keyspace_in(folder, passwords)

    async def doubles() -> int:
        return await _doubles_in(keyspace.url)

    return Carrier(valkey_unit(keyspace), {"REDIS_URL": keyspace.url}, doubles)


async def _none() -> int:
    """NATS itself drops what it was given before."""
    return 0


async def _doubles_in(url: str) -> int:
    ids: list[bytes] = []
    async with Redis.from_url(url) as redis:
        for stream in await redis.keys(_STREAMS):
            entries: Any = await redis.xrange(stream)  # Any: what Valkey answers
            ids += [fields[b"id"] for _, fields in entries]
    return len(ids) - len(set(ids))
