"""One topic at this replica: who follows it, and up to where its events were heard."""

from __future__ import annotations

import asyncio
import random
from typing import Final, Protocol

from ..valkey import PAUSE_SECONDS, ValkeyAway
from . import frames
from .streams import START, Event, Page, Position, Streams

_JOIN_SECONDS: Final = 2.0


class Client(Protocol):
    """Where frames go."""

    def offer(self, frame: str) -> None:
        """Queue it at once, or close a client that does not read."""
        ...

    async def send(self, frame: str) -> None:
        """Queue it when there is room."""
        ...


class Follower:
    """A client of a topic, and the last event that it was given."""

    def __init__(self, client: Client, topic: str, position: Position = START) -> None:
        self.client = client
        self.topic = topic
        self.position = position

    def give(self, event: Event, frame: str) -> None:
        """Pass the event on, once, and never past a gap without a reset."""
        if self.position.has(event.position):
            return
        if not self.position.leads_to(event.position):
            self.reset(event.position)
        self.client.offer(frame)
        self.position = event.position

    def reset(self, position: Position) -> None:
        self.client.offer(frames.reset(self.topic, position))
        self.position = position


class Channel:
    """Events heard live, put in order, and completed from the stream where some were not heard."""

    def __init__(self, name: str, topic: str, streams: Streams) -> None:
        self.name = name
        self.topic = topic
        self.followers: set[Follower] = set()
        self.users = 0
        self._streams = streams
        self._position: Position | None = None
        self._heard = START
        self._complete = asyncio.Event()
        self._completing: asyncio.Task[None] | None = None

    @property
    def position(self) -> Position:
        return self._position or START

    def following(self) -> None:
        """From now on every event is heard; those before are to be read."""
        self.deaf()
        self._completing = asyncio.create_task(self._catch_up(), name="websocket-catch-up")

    def deaf(self) -> None:
        """Events may be missed from now on."""
        self._complete.clear()
        if self._completing is not None:
            self._completing.cancel()
            self._completing = None

    def heard(self, event: Event) -> None:
        if not self._complete.is_set():
            self._heard = event.position
        elif self.position.leads_to(event.position):
            self._give(event)
        elif not self.position.has(event.position):
            self.following()

    async def ready(self) -> Position:
        """Up to where all is known; raises ValkeyAway if that cannot be told soon."""
        try:
            async with asyncio.timeout(_JOIN_SECONDS):
                await self._complete.wait()
        except TimeoutError as error:
            raise ValkeyAway("the topic's events cannot be heard now") from error
        return self.position

    async def join(self, follower: Follower) -> None:
        """Send what the follower has not seen, as fast as it reads, and then all that comes."""
        while follower.position != self.position:
            before = self.position
            page = await self._streams.after(self.name, follower.position)
            if page.lost:
                await follower.client.send(frames.reset(self.topic, page.last))
                follower.position = page.last
            for event in page.events:
                await follower.client.send(frames.event(self.topic, event))
                follower.position = event.position
            if not page.lost and not page.events and self.position == before:
                break  # the follower has seen more than was heard here yet
        self.followers.add(follower)

    async def _catch_up(self) -> None:
        """Read until nothing is missing between what was read and what is heard."""
        while True:
            before = self._heard
            try:
                if self._position is None:
                    self._position = await self._streams.last(self.name)
                page = await self._streams.after(self.name, self.position)
            except ValkeyAway:
                await asyncio.sleep(PAUSE_SECONDS * (0.5 + random.random()))
                continue
            self._take(page)
            if not page.events and (self._heard == before or self.position.has(self._heard)):
                self._complete.set()
                return

    def _take(self, page: Page) -> None:
        if page.lost:
            self._position = page.last
            for follower in self.followers:
                follower.reset(page.last)
        for event in page.events:
            self._give(event)

    def _give(self, event: Event) -> None:
        frame = frames.event(self.topic, event)
        for follower in self.followers:
            follower.give(event, frame)
        self._position = event.position
