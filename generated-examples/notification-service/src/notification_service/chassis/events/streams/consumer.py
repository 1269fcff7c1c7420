"""One process of a group that reads one topic."""

from __future__ import annotations

import asyncio

from ...valkey import Valkey
from ..lanes import Intake
from .acks import Acks
from .holdings import Holdings
from .keys import Names
from .leases import Leases
from .reader import Reader


class StreamConsumer:
    """Holds its share of the streams, reads them, and acknowledges what is handled."""

    def __init__(
        self, valkey: Valkey, names: Names, intake: Intake, consumer: str, lease_seconds: float
    ) -> None:
        redis = valkey.background
        leases = Leases(redis, names, consumer, lease_seconds)
        self._acks = Acks(valkey, names)
        self._holdings = Holdings(redis, names, leases, intake, self._acks, lease_seconds / 4)
        self._reader = Reader(valkey, self._holdings, intake.window, leases, names.group)

    @property
    def held(self) -> int:
        return len(self._holdings)

    async def run(self) -> None:
        await asyncio.gather(self._acks.run(), self._holdings.balance(), self._reader.run())

    async def stop(self, seconds: float) -> None:
        await self._holdings.leave_all(seconds)
        self._acks.end()
