"""Topics as streams of NATS JetStream, each with a bucket beside it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

from ..lanes import Intake
from ..transport import Lag
from . import lag
from .consumer import JetStreamConsumer
from .dead_letters import JetStreamDeadLetters
from .link import ensure, linked
from .names import Share, Topic
from .sender import JetStreamSender


class JetStream:
    """Every topic in one stream; every use of it has a connection of its own."""

    def __init__(self, url: str, *, consumer: str, lease_seconds: float, longest: int) -> None:
        self._url = url
        self._consumer = consumer
        self._lease_seconds = lease_seconds
        self._longest = longest

    async def ping(self) -> None:
        async with linked(self._url) as js:
            await js.account_info()

    @asynccontextmanager
    async def sender(self, topic: str) -> AsyncIterator[JetStreamSender]:
        async with linked(self._url) as js:
            await ensure(js, Topic(topic))
            await ensure(js, Topic(topic).beside)
            yield JetStreamSender(Topic(topic), js, self._longest)

    def consumer(self, topic: str, group: str, intake: Intake) -> JetStreamConsumer:
        share = Share(Topic(topic), group)
        return JetStreamConsumer(self._url, share, intake, self._consumer, self._lease_seconds)

    async def lag(self, topic: str) -> Sequence[Lag]:
        async with linked(self._url) as js:
            return await lag.lag(js, Topic(topic))

    def dead_letters(self, topic: str, group: str) -> JetStreamDeadLetters:
        return JetStreamDeadLetters(self._url, Share(Topic(topic), group))

    async def trim(self, topic: str, keep: timedelta) -> int:
        async with linked(self._url) as js:
            return await lag.trim(js, Topic(topic), keep)

    async def forget(self, topic: str, group: str) -> None:
        async with linked(self._url) as js:
            await lag.forget(js, Share(Topic(topic), group))
