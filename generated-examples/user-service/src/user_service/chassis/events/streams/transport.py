"""Topics as streams of Valkey."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

from ...valkey import Valkey
from ..lanes import Intake
from ..transport import Lag
from . import lag
from .consumer import StreamConsumer
from .dead_letters import StreamDeadLetters
from .keys import Names
from .sender import StreamSender
from .wire import Wire


class Streams:
    """Every topic in PARTITIONS streams, and for each group of readers a stream of its own."""

    def __init__(
        self, valkey: Valkey, *, consumer: str, lease_seconds: float, longest: int
    ) -> None:
        self._valkey = valkey
        self._consumer = consumer
        self._lease_seconds = lease_seconds
        self._longest = longest

    async def ping(self) -> None:
        await self._valkey.ping()

    @asynccontextmanager
    async def sender(self, topic: str) -> AsyncIterator[StreamSender]:
        line, witness = Wire(self._valkey), Wire(self._valkey)
        try:
            sender = StreamSender(topic, line, witness, self._longest)
            await sender.open()
            yield sender
        finally:
            await line.close()
            await witness.close()

    def consumer(self, topic: str, group: str, intake: Intake) -> StreamConsumer:
        names = Names(topic, group)
        return StreamConsumer(self._valkey, names, intake, self._consumer, self._lease_seconds)

    async def lag(self, topic: str) -> Sequence[Lag]:
        return await lag.lag(self._valkey.background, topic)

    def dead_letters(self, topic: str, group: str) -> StreamDeadLetters:
        return StreamDeadLetters(self._valkey.background, Names(topic, group))

    async def trim(self, topic: str, keep: timedelta) -> int:
        return await lag.trim(self._valkey.background, topic, keep, self._longest)

    async def forget(self, topic: str, group: str) -> None:
        await lag.forget(self._valkey.background, Names(topic, group))
