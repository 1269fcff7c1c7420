"""What an operator wants to know and do; the command line and the admin's routes are its doors."""

from __future__ import annotations

from collections.abc import Collection

from ..database import Database
from . import outbox
from .outbox import Backlog
from .transport import DeadLetter, Lag, Transport


class Operations:
    """Figures and dead letters of one service; every method raises TransportAway or Unavailable."""

    def __init__(
        self, service: str, database: Database, transport: Transport, topics: Collection[str]
    ) -> None:
        self._service = service
        self._database = database
        self._transport = transport
        self.topics = topics  # that this service reads

    async def lag(self) -> list[Lag]:
        """How far this service is behind with what it reads, and others with what it publishes."""
        lags = [
            lag
            for topic in sorted({self._service, *self.topics})
            for lag in await self._transport.lag(topic)
        ]
        return [lag for lag in lags if self._service in (lag.group, lag.topic)]

    async def outbox(self) -> Backlog:
        """What waits to be sent."""
        async with self._database.connection() as connection:
            return await outbox.backlog(connection)

    async def dead_letters(self, topic: str, limit: int = 100) -> list[DeadLetter]:
        """What this service gave up of a topic."""
        found: list[DeadLetter] = []
        async for letter in self._transport.dead_letters(topic, self._service).list():
            if len(found) == limit:
                break
            found.append(letter)
        return found

    async def dead_letter(self, topic: str, id: str) -> DeadLetter | None:
        async for letter in self._transport.dead_letters(topic, self._service).list():
            if letter.id == id:
                return letter
        return None

    async def replay(self, topic: str, ids: Collection[str]) -> int:
        """Handle these once more; how many there were.  Raises ValueError for what is no id."""
        return await self._transport.dead_letters(topic, self._service).replay(ids)

    async def replay_all(self, topic: str) -> int:
        letters = self._transport.dead_letters(topic, self._service)
        return await letters.replay([letter.id async for letter in letters.list()])

    async def purge(self, topic: str, ids: Collection[str]) -> int:
        """Delete these for good; how many there were.  Raises ValueError for what is no id."""
        return await self._transport.dead_letters(topic, self._service).purge(ids)

    async def forget(self, group: str) -> None:
        """That group reads this service's events no more, and holds nothing up any longer."""
        await self._transport.forget(self._service, group)
