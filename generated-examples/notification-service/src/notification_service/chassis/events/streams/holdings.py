"""The streams that are with this process: taken, given up and lost."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress
from typing import Final

import structlog
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from ..delivery import TransportAway
from ..lanes import Intake
from .acks import Acks
from .keys import Names
from .leases import Leases
from .partition import Partition
from .taking import Taking
from .wire import asking

_HANDOVER_SECONDS: Final = 10.0

log = structlog.get_logger()


class Holdings:
    """Our share of a topic's streams; `changed` is set when a stream came, or we stop."""

    def __init__(
        self, redis: Redis, names: Names, leases: Leases, intake: Intake, acks: Acks, tick: float
    ) -> None:
        self._redis = redis
        self._names = names
        self._leases = leases
        self._intake = intake
        self._acks = acks
        self._tick = tick
        self._partitions: dict[str, Partition] = {}
        self._leaving: set[asyncio.Task[None]] = set()
        self._taking = Taking(redis, names, leases)
        self.reading = asyncio.Lock()  # held while entries may be on their way to us
        self.changed = asyncio.Event()
        self._stop = asyncio.Event()
        self._has_groups = False

    def __len__(self) -> int:
        return len(self._partitions)

    @property
    def stopping(self) -> bool:
        return self._stop.is_set()

    @property
    def readable(self) -> list[Partition]:
        """What we hold and do not give up."""
        return [one for one in self._partitions.values() if not one.leaving]

    def find(self, key: str) -> Partition | None:
        return self._partitions.get(key)

    async def balance(self) -> None:
        """Renew what is ours, give up what is too much and take what is free, until we stop."""
        while not self.stopping:
            try:
                await self._balance()
            except TransportAway as error:
                self._has_groups = False
                log.debug("events.not_balanced", topic=self._names.topic, reason=str(error))
            except Exception:  # the border: a mistake of ours must not end it
                log.exception("events.balance_failed", topic=self._names.topic)
            with suppress(TimeoutError):
                async with asyncio.timeout(self._tick * random.uniform(0.8, 1.1)):
                    await self._stop.wait()

    async def make_groups(self) -> None:
        """The group exists on every stream, and has all that is in it still to read."""
        for stream in self._names.streams:
            with asking():
                try:
                    await self._redis.xgroup_create(stream, self._names.group, "0", mkstream=True)
                except ResponseError as error:
                    if "BUSYGROUP" not in str(error):
                        raise

    async def enter(self, partition: Partition) -> None:
        """Take in hand what is pending in it, or find that it is lost."""
        if await self._taking.enter(partition):
            partition.unsure = False
        else:
            await self.lose(partition)

    async def lose(self, partition: Partition) -> None:
        """Another process has it: stop what we do with it."""
        if partition.closed:
            return
        log.warning("events.lease_lost", stream=partition.key)
        await self._close(partition)

    async def leave_all(self, seconds: float) -> None:
        """Give up everything, once what is in hand is handled or so much time is over."""
        self._stop.set()
        self.changed.set()
        await asyncio.gather(*(self._leave(one, seconds) for one in self.readable))
        await asyncio.gather(*self._leaving)
        try:
            await self._leases.part()
        except TransportAway:
            log.info("events.left_without_word", topic=self._names.topic)

    async def _balance(self) -> None:
        if not self._has_groups:
            await self.make_groups()
            self._has_groups = True
        held = list(self._partitions.values())
        fair, lost = await self._leases.renew([one.key for one in held])
        for key in lost:
            if partition := self._partitions.get(key):
                await self.lose(partition)
        for partition in self.readable:
            partition.more = True  # should no bell ring: a stream that was deleted has none
        for partition in self.readable[fair:]:
            task = asyncio.create_task(self._leave(partition, _HANDOVER_SECONDS))
            self._leaving.add(task)
            task.add_done_callback(self._leaving.discard)
        streams = self._names.streams
        for key in random.sample(streams, len(streams)):
            if len(self.readable) < fair and key not in self._partitions and not self.stopping:
                await self._acquire(key)

    async def _acquire(self, key: str) -> None:
        if not await self._leases.acquire(key):
            return
        acks = self._acks
        partition = Partition(key, self._names, self._redis, self._intake, acks.ring, acks.catch_up)
        if await self._taking.enter(partition):
            self._partitions[key] = partition
            self.changed.set()

    async def _leave(self, partition: Partition, seconds: float) -> None:
        partition.leaving = True
        async with self.reading:
            pass  # nothing of it is on its way to us any more
        await partition.lanes.drained(seconds)
        await self._close(partition)
        try:
            await self._leases.release(partition.key)
        except TransportAway:
            log.info("events.lease_left", stream=partition.key)

    async def _close(self, partition: Partition) -> None:
        partition.closed = True
        await partition.lanes.close()
        try:
            await self._acks.flush([partition])
        except TransportAway:
            log.info("events.not_acknowledged", entries=len(partition.unacked))
        if self._partitions.get(partition.key) is partition:
            del self._partitions[partition.key]
