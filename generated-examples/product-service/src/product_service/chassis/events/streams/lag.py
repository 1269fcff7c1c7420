"""How far every group is behind, and what all of them have behind them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from ..transport import Lag
from . import scripts
from .keys import Names, part_keys
from .wire import asking


async def lag(redis: Redis, topic: str) -> Sequence[Lag]:
    """Every group that reads this topic, by name."""
    found: dict[str, Lag] = {}
    for stream in part_keys(topic):
        for group in await _groups(redis, stream):
            one = await _of_part(redis, topic, stream, group)
            found[one.group] = _sum(found[one.group], one) if one.group in found else one
    return [found[name] for name in sorted(found)]


async def trim(redis: Redis, topic: str, keep: timedelta, longest: int) -> int:
    """Forget what every group has handled and is older than that.

    A stream that has come half way to its greatest length keeps nothing that is handled; one that
    nobody reads keeps its newest half.
    """
    count = 0
    for stream in part_keys(topic):
        with asking():
            full = await redis.xlen(stream) > longest // 2
        newest = _id_at(time.time() - (0.0 if full else keep.total_seconds()))
        groups = await _groups(redis, stream)
        with asking():
            if groups:
                count += await redis.eval(scripts.TRIM, 1, stream, newest)
            elif full:
                count += await redis.xtrim(stream, maxlen=longest // 2)
            else:
                count += await redis.xtrim(stream, minid=newest)
    return count


async def forget(redis: Redis, names: Names) -> None:
    """Take the group off the topic, with all that is kept for it but its dead letters."""
    with asking():
        for stream in part_keys(names.topic):
            await redis.xgroup_destroy(stream, names.group)
            await redis.delete(names.fails(stream))
        await redis.delete(names.replay, names.members)


async def _groups(redis: Redis, stream: str) -> Any:  # Any: as redis-py reads them
    with asking():
        try:
            return await redis.xinfo_groups(stream)
        except ResponseError as error:
            if "no such key" in str(error):
                return []
            raise


async def _of_part(redis: Redis, topic: str, stream: str, group: Any) -> Lag:
    name = group["name"].decode()
    pending: Any  # as redis-py reads them
    unread: Any
    with asking():
        pending = await redis.xpending_range(stream, name, "-", "+", 1)
        after = f"({group['last-delivered-id'].decode()}"
        unread = await redis.xrange(stream, min=after, count=1)
        dead = await redis.xlen(Names(topic, name).dead(stream))
    ids: list[bytes] = [one["message_id"] for one in pending] + [entry for entry, _ in unread]
    return Lag(
        topic,
        name,
        unread=group["lag"] or 0,
        pending=group["pending"],
        dead=dead,
        oldest=min(map(_time, ids), default=None),
    )


def _id_at(seconds: float) -> str:
    return f"{int(seconds * 1000)}-0"


def _time(id: bytes) -> datetime:
    return datetime.fromtimestamp(int(id.partition(b"-")[0]) / 1000, UTC)


def _sum(one: Lag, other: Lag) -> Lag:
    times = [time for time in (one.oldest, other.oldest) if time]
    return Lag(
        one.topic,
        one.group,
        one.unread + other.unread,
        one.pending + other.pending,
        one.dead + other.dead,
        min(times, default=None),
    )
