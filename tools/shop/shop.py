"""The running shop with all that one needs to use it and to look behind it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg

from tools.shop import staff
from tools.shop.answers import Json
from tools.shop.contract import Contract
from tools.shop.door import Door, opened
from tools.shop.live import Live, following
from tools.shop.mailbox import Mailbox
from tools.shop.people import Person, register
from tools.shop.provider import Provider
from tools.shop.running import Running
from tools.shop.spans import Spans
from tools.shop.streams import Streams, Told, reading
from tools.shop.waiting import PAUSE_SECONDS, eventually

Row = Mapping[str, Any]  # Any: what PostgreSQL answers


@dataclass
class Shop:
    """Doors to everything; what was done through them is remembered for the invariants."""

    description: Path
    door: Door
    mailbox: Mailbox
    provider: Provider
    streams: Streams
    spans: Spans | None = None
    lives: list[Live] = field(default_factory=list)
    opened_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    killed: bool = False  # whether any of its parts was, since then
    _staff: dict[str, Person] = field(default_factory=dict)
    _contract: Contract | None = None

    @property
    def running(self) -> Running:
        """What runs where, now: a restarted service has another process id."""
        return Running.read(self.description)

    async def customer(self) -> Person:
        """A new one."""
        return await register(self.door, self.mailbox)

    async def staff(self, role: str) -> Person:
        """The one who was made with this role."""
        if role not in self._staff:
            self._staff[role] = await Person(self.door, *self.running.password_of(role)).sign_in()
        return self._staff[role]

    async def product(
        self, stock: int = 0, *, price: int = 1999, name: str = "Walking boots"
    ) -> str:
        """A new one with so many of it on the shelf; its id."""
        made = await staff.product(await self.staff("admin"), price=price, name=name)
        if stock:
            await staff.adjust(await self.staff("warehouse"), made, stock)
        return made

    @asynccontextmanager
    async def following(self, person: Person, *topics: str) -> AsyncIterator[Live]:
        """A live connection, whose gaps count as broken promises for ever after."""
        async with following(person, *topics) as live:
            self.lives.append(live)
            yield live

    async def rows(self, service: str, statement: str, *values: object) -> Sequence[Row]:
        """What the database of this service answers."""
        connection = await _connected(self.running.databases[service])
        try:
            return [dict(row) for row in await connection.fetch(statement, *values, timeout=30)]
        finally:
            await connection.close()

    async def tables(self, service: str) -> Sequence[str]:
        """The names of all tables of this service."""
        rows = await self.rows(
            service, "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
        )
        return [row["tablename"] for row in rows]

    async def document(self) -> Json:
        """What all services answer, once the gateway knows it of each of them."""
        wanted = set(self.running.told["services"])
        return await eventually(self._document, lambda told: _services(told) >= wanted)

    async def contract(self) -> Contract:
        if self._contract is None:
            self._contract = Contract.of(await self.document())
        return self._contract

    async def told(self, kind: str, order: str, times: int = 1) -> Sequence[Told]:
        """All events of this type about this order, once there are so many."""

        async def found() -> Sequence[Told]:
            return [one for one in await self.streams.told(order_id=order) if one.type == kind]

        return await eventually(found, lambda told: len(told) >= times)

    async def _document(self) -> Json:
        async with self.door.session.get(f"{self.door.gateway}/openapi.json") as answer:
            found: Json = await answer.json()
        return found


def _services(document: Json) -> set[str]:
    operations = (one for item in document["paths"].values() for one in item.values())
    return {str(operation["operationId"]).partition(".")[0] for operation in operations}


@asynccontextmanager
async def visiting(
    description: Path, spans: Spans | None = None, kind: type[Door] = Door
) -> AsyncIterator[Shop]:
    """The shop that this file describes, until the block ends."""
    running = Running.read(description)
    async with AsyncExitStack() as stack:
        door = await stack.enter_async_context(opened(running.gateway, kind=kind))
        streams = await stack.enter_async_context(reading(running.redis_url))
        mailbox = Mailbox(running.mail, door.session)
        provider = Provider(running.fakepay, door.session)
        yield Shop(description, door, mailbox, provider, streams, spans)


async def _connected(url: str, seconds: float = 30) -> asyncpg.Connection:
    """A connection, as soon as a PostgreSQL that was killed lets somebody in again."""
    end = time.monotonic() + seconds
    while True:
        try:
            return await asyncpg.connect(url, timeout=10)
        except (asyncpg.CannotConnectNowError, OSError):
            if time.monotonic() > end:
                raise
        await asyncio.sleep(PAUSE_SECONDS)
