"""The way in for one topic: a batch on its way at once, on one connection that keeps its order."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from nats.js import JetStreamContext
from nats.js.api import PubAck

from ..delivery import TransportAway
from ..envelope import Envelope
from .headers import headers_of_event
from .link import CALL_SECONDS, asking
from .names import Topic


class JetStreamSender:
    """Every event is in the file of the stream when send() returns."""

    def __init__(self, topic: Topic, js: JetStreamContext, longest: int) -> None:
        self._topic = topic
        self._js = js
        self._longest = longest
        self._settled = 0
        self._broken = False

    async def send(self, envelopes: Sequence[Envelope]) -> None:
        if self._broken:
            raise TransportAway("an earlier event failed on this connection")
        self._broken = True  # until all of them are acknowledged
        with asking():
            info = await self._js.stream_info(self._topic.stream)
        if info.state.messages >= self._longest:
            raise TransportAway(f"{self._topic.name} has {info.state.messages} events, its most")
        with asking():
            async with asyncio.timeout(CALL_SECONDS + len(envelopes) / 1000):
                await asyncio.gather(*[await self._publish(one) for one in envelopes])
        self._settled += len(envelopes)
        self._broken = False

    async def settled(self) -> int:
        return self._settled

    async def _publish(self, envelope: Envelope) -> asyncio.Future[PubAck]:
        topic = self._topic.beside if envelope.private else self._topic
        return await self._js.publish_async(
            topic.subject_of(envelope.subject),
            envelope.data,
            headers=headers_of_event(envelope),
            stream=topic.stream,
        )
