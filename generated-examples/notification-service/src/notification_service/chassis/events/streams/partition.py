"""One stream while its lease is ours."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Final

from redis.asyncio import Redis

from ..delivery import Delivery
from ..lanes import Intake
from . import scripts
from .keys import Names
from .wire import asking

_LONGEST_REASON: Final = 1000


class Partition:
    """What is in hand of a stream, and what is handled and not yet acknowledged."""

    def __init__(
        self,
        key: str,
        names: Names,
        redis: Redis,
        intake: Intake,
        ring: Callable[[Partition], None],
        catch_up: Callable[[], Awaitable[None]],
    ) -> None:
        self.key = key
        self.last = b"0-0"  # the newest entry that the group was given
        self.more = True  # there may be new ones
        self.unsure = False  # entries may be ours whose delivery got lost on its way
        self.leaving = False
        self.closed = False
        self.unacked: list[bytes] = []
        self.acking: list[bytes] = []
        self.noted: list[bytes] = []  # handled, with a count of their tries in Valkey
        self.lanes = intake.open(self)
        self._names = names
        self._redis = redis
        self._ring = ring
        self._catch_up = catch_up

    @property
    def lease(self) -> str:
        return self._names.lease(self.key)

    @property
    def fails(self) -> str:
        return self._names.fails(self.key)

    @property
    def known(self) -> set[bytes]:
        """Entries that are pending in Valkey, and must not be begun again."""
        return self.lanes.in_hand.union(self.unacked, self.acking)

    def done(self, deliveries: Sequence[Delivery]) -> None:
        for one in deliveries:
            self.unacked.append(one.id)
            if one.attempt > 1 or one.suspect:
                self.noted.append(one.id)
        self._ring(self)

    async def note(self, delivery: Delivery) -> None:
        await self._catch_up()  # it may end the process, and what was done has no part in that
        with asking():
            await self._redis.hset(self.fails, delivery.id, str(delivery.attempt))

    async def bury(self, delivery: Delivery, reason: str) -> None:
        facts = {
            b"dlq-reason": reason[:_LONGEST_REASON].encode(),
            b"dlq-attempts": str(delivery.attempt).encode(),
            b"dlq-time": datetime.now(UTC).isoformat().encode(),
        }
        words: list[bytes] = []
        for name, value in (dict(delivery.fields) | facts).items():
            words += (name, value)
        keys = (self.key, self.fails, self._names.dead(self.key))
        group = self._names.group
        with asking():
            await self._redis.eval(scripts.BURY, len(keys), *keys, group, delivery.id, *words)
