"""The connection that a consumer uses just now, and reading over it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from nats.errors import TimeoutError as NatsTimeoutError
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.kv import KeyValue

from ..delivery import TransportAway
from .headers import fields_of
from .link import asking, ensure, epoch_of
from .names import Topic

_WAIT_SECONDS: Final = 0.5
_IDLE_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class Message:
    """One entry of a stream, by its number there."""

    number: int
    fields: Mapping[bytes, bytes]


class Cursor(Protocol):
    """Reads the entries of one subject in their order."""

    async def read(self, most: int) -> list[Message]:
        """The next ones; none if there were none for half a second.  Raises TransportAway."""
        ...


class Line:
    """What stays while connections come and go: without one everything raises TransportAway."""

    def __init__(self, topic: Topic) -> None:
        self._topic = topic
        self._js: JetStreamContext | None = None
        self._bucket: KeyValue | None = None
        self.epoch = ""

    async def use(self, js: JetStreamContext) -> None:
        """Use this connection from now on."""
        self._bucket = await ensure(js, self._topic)
        self.epoch = await epoch_of(js, self._topic)
        self._js = js

    def drop(self) -> None:
        """The connection is broken."""
        self._js = self._bucket = None

    @property
    def bucket(self) -> KeyValue:
        if self._bucket is None:
            raise TransportAway("there is no connection to NATS")
        return self._bucket

    async def publish(self, subject: str, data: bytes, headers: dict[str, str]) -> None:
        with asking():
            await self._connected.publish(subject, data, headers=headers)

    async def check(self) -> None:
        """Raises TransportAway if the stream is another one than before."""
        if await epoch_of(self._connected, self._topic) != self.epoch:
            raise TransportAway(f"{self._topic.stream} was deleted")

    async def cursor(self, part: str, first: int) -> Cursor:
        """Reads a part from this number on; the server forgets the cursor half a minute after."""
        config = ConsumerConfig(
            filter_subject=self._topic.part(part),
            deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
            opt_start_seq=max(first, 1),
            ack_policy=AckPolicy.NONE,
            inactive_threshold=_IDLE_SECONDS,
            mem_storage=True,
        )
        js = self._connected
        with asking():
            info = await js.add_consumer(self._topic.stream, config)
            pull = await js.pull_subscribe_bind(info.name, self._topic.stream)
        return _PullCursor(pull)

    @property
    def _connected(self) -> JetStreamContext:
        if self._js is None:
            raise TransportAway("there is no connection to NATS")
        return self._js


class _PullCursor:
    def __init__(self, pull: JetStreamContext.PullSubscription) -> None:
        self._pull = pull
        self._read = 0  # how many the server says it has delivered

    async def read(self, most: int) -> list[Message]:
        with asking():
            try:
                messages = await self._pull.fetch(most, timeout=_WAIT_SECONDS)
            except NatsTimeoutError:
                return []
        for message in messages:
            self._read += 1
            if message.metadata.sequence.consumer != self._read:
                raise TransportAway("entries got lost on their way")
        return [
            Message(one.metadata.sequence.stream, fields_of(one.headers, one.data))
            for one in messages
        ]
