"""The ways an event can take: straight to its stream, or through outbox and inbox."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import ClassVar

from .chassis.database import Database, Transaction
from .chassis.events import Envelope, Event, Subscriptions, publish
from .chassis.events.streams import Streams
from .chassis.features import BLUEPRINT
from .chassis.identifiers import uuid7
from .chassis.resource import Resource
from .chassis.valkey import Valkey
from .tally import BATCH, EVENTS, RATE, Tally, paced, tell

WRITERS = 32
KEYS = 500


class Plain(Event, type="bench.plain.counted.v1", subject="key"):
    """Handled without a trace."""

    key: str
    sent_at: float


class Effective(Event, type="bench.effective.counted.v1", subject="key"):
    """Handled with an effect in PostgreSQL."""

    key: str
    n: int
    sent_at: float


class Ordered(Event, type="bench.order.placed.v1", subject="key"):
    """Published by a request; nobody subscribes."""

    key: str


def handlers() -> Subscriptions:
    subscriptions, tally = Subscriptions(), Tally()

    @subscriptions.subscribe(Plain)
    async def handle(event: Plain) -> None:
        await tally.handle(event.sent_at)

    @subscriptions.subscribe(Effective)
    async def keep(event: Effective, tx: Transaction) -> None:
        await tx.execute("INSERT INTO effects VALUES ($1)", event.n)
        await tally.handle(event.sent_at)

    return subscriptions


async def direct(_: Database, valkey: Valkey) -> None:
    """To the stream, as the relay sends; in batches where there is no pace."""
    async with _streams(valkey).sender(BLUEPRINT.name) as sender:
        batch: list[Envelope] = []
        async for number in paced():
            batch.append(_envelope(Plain(key=f"key-{number % KEYS}", sent_at=time.time())))
            if RATE or len(batch) == BATCH or number == EVENTS - 1:
                await sender.send(batch)
                batch = []


class Publisher(Resource):
    """A service that publishes as soon as it listens: rows of the outbox, which its relay sends."""

    name: ClassVar[str] = "publisher"

    def __init__(self, database: Database) -> None:
        self._database = database
        self._publishing: asyncio.Task[None] | None = None

    async def listening(self) -> None:
        self._publishing = asyncio.create_task(self._publish())

    async def _publish(self) -> None:
        """In transactions of their own where there is a pace."""
        batch = 1 if RATE else BATCH
        async for number in paced():
            if number % batch == 0:
                async with self._database.transaction() as tx:
                    for n in range(number, min(number + batch, EVENTS)):
                        event = Effective(key=f"key-{n % KEYS}", n=n, sent_at=time.time())
                        await publish(tx, event)


async def row_requests(database: Database, _: Valkey) -> None:
    """What a request does: an order, and the row that tells of it, in one transaction."""

    async def place() -> None:
        async with database.transaction() as tx:
            await tx.execute("INSERT INTO orders VALUES ($1, 'one')", order := uuid7())
            await publish(tx, Ordered(key=str(order)))

    await _by_many(place)


async def after_requests(database: Database, valkey: Valkey) -> None:
    """The same, with the event sent to its stream once the order is committed."""

    async def place() -> None:
        async with database.transaction() as tx:
            await tx.execute("INSERT INTO orders VALUES ($1, 'one')", order := uuid7())
        fields = _envelope(Ordered(key=str(order))).attributes()
        await valkey.background.xadd("bench-after", dict(fields))

    await _by_many(place)


async def _by_many(place: object) -> None:
    assert callable(place)
    begun, left = time.perf_counter(), iter(range(EVENTS))

    async def write() -> None:
        for _ in left:
            await place()

    await asyncio.gather(*(write() for _ in range(WRITERS)))
    tell(seconds=time.perf_counter() - begun)


def _streams(valkey: Valkey) -> Streams:
    return Streams(valkey, consumer="bench", lease_seconds=6, longest=10_000_000)


def _envelope(event: Event) -> Envelope:
    return Envelope(
        id=uuid7(),
        source=BLUEPRINT.name,
        type=event.TYPE,
        subject=event.subject,
        time=datetime.now(UTC),
        data=event.model_dump_json().encode(),
    )
