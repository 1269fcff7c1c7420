"""What was begun and never finished, by whomever: taken before anything new is read."""

from __future__ import annotations

from typing import Final

from redis.asyncio import Redis

from ..delivery import Delivery
from . import scripts
from .keys import Names
from .leases import Leases
from .partition import Partition
from .wire import asking

_SUSPECT_DELIVERIES: Final = 4  # without an end: the process may end with it


class Taking:
    """Takes what is pending in the streams that are ours."""

    def __init__(self, redis: Redis, names: Names, leases: Leases) -> None:
        self._redis = redis
        self._who = (leases.token, names.group, leases.consumer)

    async def enter(self, partition: Partition) -> bool:
        """Whether the stream is ours; if so, all that is pending in it is in hand, in order."""
        keys = (partition.lease, partition.key)
        with asking():
            last = await self._redis.eval(scripts.ENTER, len(keys), *keys, *self._who)
        if last is None:
            return False
        partition.last = last
        return await self._take(partition)

    async def _take(self, partition: Partition) -> bool:
        known = partition.known  # what is acknowledged while we ask must not come back
        taken: list[Delivery] = []
        keys = (partition.lease, partition.key, partition.fails)
        cursor: bytes | None = None
        while cursor != b"0-0":
            with asking():
                page = await self._redis.eval(
                    scripts.TAKE, len(keys), *keys, *self._who, cursor or b"0-0"
                )
            if page is None:
                return False
            cursor, entries = page
            taken += [_delivery(*entry) for entry in entries]
        known |= partition.known
        partition.lanes.push(one for one in taken if one.id not in known)
        return True


def fields_of(words: list[bytes]) -> dict[bytes, bytes]:
    """The fields of an entry, which Valkey lists as name, value, name, value."""
    each = iter(words)
    return dict(zip(each, each))  # noqa: B905 - they are pairs; strict takes half as long again


def _delivery(id: bytes, words: list[bytes], deliveries: int, fails: int) -> Delivery:
    return Delivery(id, fields_of(words), fails + 1, deliveries >= _SUSPECT_DELIVERIES)
