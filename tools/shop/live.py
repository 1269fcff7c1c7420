"""A customer's live connection: what came over it, and whether anything is missing."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import aiohttp

from tools.shop.answers import Json
from tools.shop.people import Person
from tools.shop.waiting import eventually

_AGAIN_SECONDS: Final = 0.2
_TRY_AGAIN: Final = 1013  # of RFC 6455's registry: the service cannot at the moment


@dataclass(frozen=True, slots=True)
class Heard:
    """One frame, and when it came, in seconds since 1970."""

    at: float
    frame: Json


@dataclass
class Live:
    """Follows topics, and comes back with `after` when the connection ends."""

    person: Person
    topics: Sequence[str]
    heard: list[Heard] = field(default_factory=list)
    connections: int = 0
    _last: dict[str, str] = field(default_factory=dict)
    _subscribed: set[str] = field(default_factory=set)

    async def follow(self) -> None:
        """Until it is cancelled."""
        while True:
            with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                async with _socket(self.person) as socket:
                    self.connections += 1
                    await self._converse(socket)
            self._subscribed.clear()
            await asyncio.sleep(_AGAIN_SECONDS)

    async def ready(self) -> None:
        """All topics are followed from now on."""
        await eventually(self._followed, lambda followed: followed >= set(self.topics))

    def events(self, topic: str) -> Sequence[Json]:
        """The events of this topic, as they came."""
        return [one.frame for one in self._of(topic, "event")]

    async def until(self, topic: str, kind: str, seconds: float = 20) -> Heard:
        """The first event of this type in this topic, as soon as it has come."""

        async def found() -> Sequence[Heard]:
            return [one for one in self._of(topic, "event") if one.frame["type"] == kind]

        return (await eventually(found, bool, seconds))[0]

    def broken(self) -> Iterator[str]:
        """A sentence for each gap, each repetition and each refusal."""
        for topic in self.topics:
            known: int | None = None
            for one in (one.frame for one in self.heard if one.frame.get("topic") == topic):
                if one["op"] == "error" and one["code"] != _TRY_AGAIN:
                    yield f"{topic} was refused: {one['code']} {one['detail']}"
                if one["op"] == "reset":
                    known = None
                if one["op"] == "event":
                    if known is not None and one["seq"] != known + 1:
                        yield f"in {topic}, {one['seq']} came after {known}"
                    known = one["seq"]

    def _of(self, topic: str, op: str) -> Sequence[Heard]:
        wanted = (op, topic)
        return [one for one in self.heard if (one.frame["op"], one.frame.get("topic")) == wanted]

    async def _followed(self) -> set[str]:
        return set(self._subscribed)

    async def _converse(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        for topic in self.topics:
            after = {"after": self._last[topic]} if topic in self._last else {}
            await socket.send_json({"op": "sub", "topic": topic, **after})
        async for message in socket:
            if message.type is aiohttp.WSMsgType.TEXT:
                frame = json.loads(message.data)
                self._take(frame)
                if frame.get("code") == _TRY_AGAIN:
                    return

    def _take(self, frame: Json) -> None:
        self.heard.append(Heard(time.time(), frame))
        if frame["op"] == "subscribed":
            self._subscribed.add(frame["topic"])
        if frame["op"] in ("subscribed", "event", "reset"):
            self._last[frame["topic"]] = frame["id"]


@contextlib.asynccontextmanager
async def following(person: Person, *topics: str) -> AsyncIterator[Live]:
    """A live connection for as long as the block lasts, ready from its beginning."""
    live = Live(person, topics)
    task = asyncio.create_task(live.follow())
    try:
        await live.ready()
        yield live
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def refusal(person: Person, topic: str) -> int:
    """The code with which this person is refused this topic."""
    async with _socket(person) as socket:
        await socket.send_json({"op": "sub", "topic": topic})
        frame: Json = await socket.receive_json(timeout=10)
    assert frame["op"] == "error", f"{topic} was not refused: {frame}"
    return int(frame["code"])


@contextlib.asynccontextmanager
async def _socket(person: Person) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    url = person.door.gateway.replace("http", "ws", 1) + "/ws/notification-service"
    headers = {"authorization": f"Bearer {await person.token()}"}
    async with person.door.session.ws_connect(url, headers=headers) as socket:
        yield socket
