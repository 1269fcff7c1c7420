"""Publish to topics, and follow them: the topics that clients of this replica follow now."""

from __future__ import annotations

import asyncio
import contextlib
from typing import ClassVar, Final, Self

from pydantic_core import to_json

from ..errors import Unavailable
from ..policy import Principal
from ..resource import Resource
from ..valkey import Valkey, ValkeyAway
from .channel import Channel
from .connection import Connection
from .frames import Code
from .metrics import HubMetrics
from .streams import Event, Streams
from .subscriber import Subscriber
from .topics import Topic, Topics

_LARGEST_BODY: Final = 64 * 1024


class Hub(Resource):
    """The service's topics.  What is published at one replica reaches the clients of all."""

    name: ClassVar[str] = "websocket"

    def __init__(self, valkey: Valkey, streams: Streams, metrics: HubMetrics) -> None:
        self.topics = Topics()
        self.connections: set[Connection] = set()
        self._streams = streams
        self._metrics = metrics
        self._channels: dict[str, Channel] = {}
        self._subscriber = Subscriber(valkey, streams.key(""), self)
        self._listening: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._listening = asyncio.create_task(self._subscriber.run(), name="websocket-subscriber")
        return self

    async def __aexit__(self, *error: object) -> None:
        if self._listening is not None:
            self._listening.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._listening
            self._listening = None

    async def ping(self) -> None:
        if not self._subscriber.connected:
            raise ConnectionError("what other replicas publish is not heard")

    async def draining(self) -> None:
        for connection in self.connections:
            connection.end(Code.RESTART, "the service restarts; connect again")

    async def publish(self, topic: str, type: str, data: object, *, to: str | None = None) -> str:
        """Tell everybody who follows `topic`; the answer is the event's id.

        `to` is whose topic it is, where the topic is everybody's own (`me/…`).  Raises LookupError
        for a topic that nobody declared, ValueError for more than 64 KiB, and Unavailable where
        Valkey does not answer: then nobody may have been told.
        """
        channel = self._channel(topic, to)
        body = to_json({"type": type, "data": data}).decode()
        if len(body) > _LARGEST_BODY:
            raise ValueError(f"an event has {_LARGEST_BODY} bytes at most; send where to find it")
        try:
            position = await self._streams.publish(channel, body)
        except ValkeyAway as error:
            raise Unavailable("live messages cannot be sent now; try again") from error
        self._metrics.published.inc()
        return str(position)

    async def forget(self, topic: str, *, to: str | None = None) -> None:
        """Keep none of the events of `topic`: who resumes is told to begin anew.

        Raises LookupError for a topic that nobody declared, and Unavailable where Valkey does not
        answer.
        """
        channel = self._channel(topic, to)
        try:
            await self._streams.remove(channel)
        except ValkeyAway as error:
            raise Unavailable("live messages cannot be forgotten now; try again") from error

    def enter(self, topic: Topic, principal: Principal | None) -> Channel:
        """The channel of this topic, which is heard from now on; leave() it in the end."""
        name = topic.channel(principal.sub if principal else None)
        channel = self._channels.get(name)
        if channel is None:
            channel = self._channels[name] = Channel(name, topic.name, self._streams)
        channel.users += 1
        self._metrics.subscriptions.inc()
        if channel.users == 1:
            self._subscriber.follow(self._streams.key(name))
        return channel

    def leave(self, channel: Channel) -> None:
        """Hear the channel no longer than somebody else here needs it."""
        channel.users -= 1
        self._metrics.subscriptions.dec()
        if channel.users == 0:
            del self._channels[channel.name]
            channel.deaf()
            self._subscriber.leave(self._streams.key(channel.name))

    def following(self, key: str) -> None:
        if channel := self._channels.get(self._streams.channel(key)):
            channel.following()

    def heard(self, key: str, message: bytes) -> None:
        if channel := self._channels.get(self._streams.channel(key)):
            channel.heard(Event.heard(message))

    def deaf(self) -> None:
        for channel in self._channels.values():
            channel.deaf()

    def _channel(self, topic: str, to: str | None) -> str:
        declared = self.topics.find(topic)
        if declared is None:
            raise LookupError(f"no topic {topic} is declared")
        return declared.channel(to)
