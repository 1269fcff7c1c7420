"""From a transaction that publishes to a transaction that handles, on real servers."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import pytest

from cart_service.chassis import database, events, health, valkey
from cart_service.chassis.application import Application, Blueprint
from cart_service.chassis.context import begin, current
from cart_service.chassis.database import Database, Transaction
from cart_service.chassis.events import (
    Event,
    Events,
    Subscriptions,
    outbox,
    publish,
    subscribe,
)
from cart_service.chassis.events.envelope import Envelope
from cart_service.chassis.events.streams import Streams
from cart_service.chassis.features import BLUEPRINT
from cart_service.chassis.identifiers import uuid7
from cart_service.chassis.valkey import Valkey

from .fixtures_collector import Collector
from .fixtures_events import PATIENCE, envelope, until
from .fixtures_service import client_for
from dev.valkey import ValkeyServer, running_valkey

ANY = uuid7()


class Sown(Event, type="test.field.sown.v1", subject="field"):
    field: UUID
    grains: int


class Reaped(Event, type="test.field.reaped.v1", subject="field"):
    field: UUID


@dataclass
class Farm:
    """One running process of a service that sows and reaps."""

    app: Application
    http: httpx.AsyncClient

    @property
    def database(self) -> Database:
        return self.app.resource(Database)

    @property
    def events(self) -> Events:
        return self.app.resource(Events)

    async def sow(self, field: UUID, *grains: int) -> None:
        """An event in a transaction of its own for each number."""
        for number in grains:
            async with self.database.transaction() as tx:
                await publish(tx, Sown(field=field, grains=number), sequence=number)

    async def stored(self) -> list[int]:
        """What the handler stored, in its order."""
        async with self.database.connection() as connection:
            rows = await connection.fetch("SELECT grains FROM barn ORDER BY place")
        return [row["grains"] for row in rows]

    async def until_stored(self, *grains: int) -> None:
        async with asyncio.timeout(PATIENCE):
            while await self.stored() != list(grains):
                continue

    async def until_sent(self) -> None:
        async with asyncio.timeout(PATIENCE):
            while (await self.events.operations.outbox()).rows:
                continue

    async def sent(self) -> set[str]:
        """The ids of all events that are in the streams."""
        redis = self.app.resource(Valkey).client
        streams = [key for key in await redis.keys("ev:*") if await redis.type(key) == b"stream"]
        found: list[Any] = [  # Any: what Valkey answers
            fields for key in streams for _, fields in await redis.xrange(key) or []
        ]
        return {fields[b"id"].decode() for fields in found}

    async def send(self, *envelopes: Envelope) -> None:
        """Past the outbox."""
        shared = self.app.resource(Valkey)
        streams = Streams(shared, consumer="test", lease_seconds=1.0, longest=1_000_000)
        async with streams.sender(self.app.name) as sender:
            await sender.send(envelopes)


Handler = Callable[[Sown, Transaction], Awaitable[None]]
Farms = Callable[..., Awaitable[Farm]]


async def store(event: Sown, tx: Transaction) -> None:
    await tx.execute("INSERT INTO barn (grains) VALUES ($1)", event.grains)


@pytest.fixture
def farm_environment(
    bare_environment: pytest.MonkeyPatch,
    database_settings: dict[str, str],
    valkey_settings: dict[str, str],
) -> pytest.MonkeyPatch:
    quick = {"EVENTS_ATTEMPTS": "3", "EVENTS_BACKOFF_SECONDS": "0.01", "EVENTS_LEASE_SECONDS": "1"}
    for name, value in (database_settings | valkey_settings | quick).items():
        bare_environment.setenv(name, value)
    return bare_environment


@pytest.fixture
async def farms(farm_environment: pytest.MonkeyPatch) -> AsyncIterator[Farms]:
    """Start replicas of a service with this handler of what is sown."""
    async with AsyncExitStack() as stack:

        async def start(
            handler: Handler = store, subscriptions: Subscriptions | None = None
        ) -> Farm:
            subscriptions = subscriptions or Subscriptions()
            subscriptions.subscribe(Sown)(handler)
            features = [health, valkey, database, events]
            app = Application(Blueprint(BLUEPRINT.name, "test", features))
            subscribe(app, subscriptions)
            farm = Farm(app, await stack.enter_async_context(client_for(app)))
            async with farm.database.connection() as connection:
                await connection.execute(
                    "CREATE TABLE IF NOT EXISTS barn"
                    " (place bigint GENERATED ALWAYS AS IDENTITY, grains integer)"
                )
            return farm

        yield start


async def test_what_is_published_is_handled(farms: Farms) -> None:
    farm = await farms()

    await farm.sow(ANY, 1, 2, 3)

    await farm.until_stored(1, 2, 3)


async def test_what_is_rolled_back_is_never_sent(farms: Farms) -> None:
    farm = await farms()

    with pytest.raises(ZeroDivisionError):
        async with farm.database.transaction() as tx:
            await publish(tx, Sown(field=ANY, grains=1))
            raise ZeroDivisionError
    await farm.sow(ANY, 2)

    await farm.until_stored(2)


async def test_what_was_sent_leaves_the_outbox(farms: Farms) -> None:
    farm = await farms()

    await farm.sow(ANY, 1)

    await farm.until_sent()


async def test_whoever_sends_next_finds_nothing_that_was_sent_already(farms: Farms) -> None:
    farm = await farms()
    sowing = asyncio.create_task(farm.sow(ANY, *range(400)))

    while not sowing.done():
        async with farm.database.connection() as rival:
            shards = await outbox.claim(rival, PATIENCE)
            unsent = await outbox.unsent(rival, shards, [], 400)
            assert not {str(row["id"]) for row in unsent} & await farm.sent()

    await farm.until_sent()


async def test_a_relay_that_hangs_holds_up_the_others_for_a_while_only(farms: Farms) -> None:
    farm = await farms()
    async with farm.database.connection() as hanging:
        await outbox.claim(hanging, 0.2)

        await farm.sow(ANY, 1)

        await farm.until_stored(1)


async def test_an_event_that_arrives_twice_is_handled_once(farms: Farms) -> None:
    farm = await farms()
    async with farm.database.transaction() as tx:
        await publish(tx, Sown(field=ANY, grains=1))
        row = await tx.fetchrow("SELECT id, time, data FROM outbox")
    assert row is not None
    await farm.until_stored(1)

    again = Envelope(row["id"], farm.app.name, Sown.TYPE, str(ANY), row["time"], row["data"])
    await farm.send(again, again)
    await farm.sow(ANY, 2)

    await farm.until_stored(1, 2)
    metrics = (await farm.http.get("/metrics")).text
    assert 'events_handled_total{outcome="duplicate",type="test.field.sown.v1"} 2.0' in metrics


async def test_what_a_failing_handler_wrote_is_undone_and_its_neighbours_stay(
    farms: Farms,
) -> None:
    tries: list[int] = []

    async def stumble(event: Sown, tx: Transaction) -> None:
        await store(event, tx)
        tries.append(event.grains)
        if event.grains == 2 and tries.count(2) == 1:
            raise RuntimeError("not yet")

    farm = await farms(stumble)
    async with farm.database.transaction() as tx:
        for field, number in ((uuid7(), 1), (uuid7(), 2), (uuid7(), 3)):
            await publish(tx, Sown(field=field, grains=number))

    async with asyncio.timeout(PATIENCE):
        while sorted(await farm.stored()) != [1, 2, 3]:
            continue
    assert tries.count(2) == 2


async def test_a_handler_that_breaks_its_transaction_breaks_nobody_elses(farms: Farms) -> None:
    async def swallow(event: Sown, tx: Transaction) -> None:
        await store(event, tx)
        if event.grains == 2:
            try:
                await tx.execute("SELEKT 1")
            except Exception:
                return

    farm = await farms(swallow)
    async with farm.database.transaction() as tx:
        for number in (1, 2, 3):
            await publish(tx, Sown(field=uuid7(), grains=number))

    async with asyncio.timeout(PATIENCE):
        while not await farm.events.operations.dead_letters(farm.app.name):
            continue
    assert sorted(await farm.stored()) == [1, 3]


async def test_a_constraint_that_fails_at_the_commit_fails_one_event_alone(farms: Farms) -> None:
    async def claim(event: Sown, tx: Transaction) -> None:
        await store(event, tx)
        await tx.execute("INSERT INTO owned (grains) VALUES ($1)", event.grains)

    farm = await farms(claim)
    async with farm.database.connection() as connection:
        await connection.execute("CREATE TABLE owners (grains integer PRIMARY KEY)")
        await connection.execute("INSERT INTO owners VALUES (1), (3)")
        await connection.execute(
            "CREATE TABLE owned (grains integer REFERENCES owners DEFERRABLE INITIALLY DEFERRED)"
        )
    async with farm.database.transaction() as tx:
        for number in (1, 2, 3):
            await publish(tx, Sown(field=uuid7(), grains=number))

    async with asyncio.timeout(PATIENCE):
        while not (dead := await farm.events.operations.dead_letters(farm.app.name)):
            continue
    assert "owned_grains_fkey" in dead[0].reason
    assert sorted(await farm.stored()) == [1, 3]


async def test_a_handler_that_takes_too_long_counts_as_failed(
    farm_environment: pytest.MonkeyPatch, farms: Farms
) -> None:
    farm_environment.setenv("EVENTS_HANDLER_SECONDS", "0.05")

    async def dawdle(event: Sown, tx: Transaction) -> None:
        if event.grains == 1:
            await asyncio.Event().wait()
        await store(event, tx)

    farm = await farms(dawdle)
    await farm.sow(ANY, 1, 2)

    await farm.until_stored(2)
    [dead] = await farm.events.operations.dead_letters(farm.app.name)
    assert dead.reason.startswith("TimeoutError")


async def test_an_event_whose_data_is_not_of_its_type_is_dead_at_once(farms: Farms) -> None:
    farm = await farms()

    await farm.send(envelope(str(ANY), 1, type=Sown.TYPE))

    async with asyncio.timeout(PATIENCE):
        while not (dead := await farm.events.operations.dead_letters(farm.app.name)):
            continue
    assert (dead[0].attempts, "its data is no test.field.sown.v1" in dead[0].reason) == (1, True)


async def test_an_event_that_nobody_here_handles_is_passed_over(farms: Farms) -> None:
    farm = await farms()

    await farm.send(envelope(str(ANY), 1, type="test.field.hailed.v1"))
    await farm.sow(ANY, 2)

    await farm.until_stored(2)
    assert "events_unknown_total 1.0" in (await farm.http.get("/metrics")).text


async def test_a_dead_letter_is_handled_when_it_is_replayed(farms: Farms) -> None:
    broken = True

    async def maybe(event: Sown, tx: Transaction) -> None:
        if broken:
            raise RuntimeError("broken")
        await store(event, tx)

    farm = await farms(maybe)
    await farm.sow(ANY, 1)
    operations = farm.events.operations
    async with asyncio.timeout(PATIENCE):
        while not await operations.dead_letters(farm.app.name):
            continue
    broken = False

    assert await operations.replay_all(farm.app.name) == 1

    await farm.until_stored(1)


async def test_what_a_handler_publishes_names_its_cause(farms: Farms) -> None:
    seen: list[Envelope] = []
    subscriptions = Subscriptions()

    @subscriptions.subscribe(Reaped)
    async def see(event: Reaped) -> None:
        seen.append(event.envelope)

    async def reap(event: Sown, tx: Transaction) -> None:
        await store(event, tx)
        await publish(tx, Reaped(field=event.field))

    farm = await farms(reap, subscriptions)
    token = current.set(begin([(b"x-request-id", b"the-request")]))
    async with farm.database.transaction() as tx:
        sown = await publish(tx, Sown(field=ANY, grains=1))
    current.reset(token)

    await until(lambda: seen)
    assert (seen[0].causationid, seen[0].correlationid) == (str(sown), "the-request")


async def test_a_hop_through_the_queue_is_a_span_of_the_request(
    farm_environment: pytest.MonkeyPatch, collector: Collector, farms: Farms
) -> None:
    farm_environment.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
    farm_environment.setenv("OTEL_BSP_SCHEDULE_DELAY", "20")
    farm = await farms()
    request = begin([])
    token = current.set(request)
    await farm.sow(ANY, 1)
    current.reset(token)

    [span] = await collector.until("process test.field.sown.v1")

    assert (span.kind, span.trace_id, span.parent_id) == (
        "consumer",
        request.trace_id,
        request.span_id,
    )


async def test_three_replicas_send_and_handle_everything_once_and_in_order(farms: Farms) -> None:
    replicas = [await farms() for _ in range(3)]
    fields = [uuid7() for _ in range(10)]

    async def sow(field: UUID, first: int) -> None:
        for number in range(20):
            await replicas[number % 3].sow(field, first + number)

    await asyncio.gather(*(sow(field, 100 * place) for place, field in enumerate(fields)))

    expected = [100 * place + number for place in range(10) for number in range(20)]
    async with asyncio.timeout(PATIENCE):
        while len(stored := await replicas[0].stored()) < 200:
            continue
    assert sorted(stored, key=lambda grain: grain // 100) == expected


@pytest.fixture
async def own_valkey(farm_environment: pytest.MonkeyPatch) -> AsyncIterator[ValkeyServer]:
    """A Valkey of this test's own, to stop and start."""
    async with running_valkey() as server:
        farm_environment.setenv("REDIS_URL", server.url)
        yield server


async def test_while_valkey_is_away_events_wait_and_the_service_is_degraded(
    own_valkey: ValkeyServer, farms: Farms
) -> None:
    farm = await farms()
    await farm.sow(ANY, 1)
    await farm.until_stored(1)
    await own_valkey.kill()

    await farm.sow(ANY, 2, 3)

    ready = await farm.http.get("/health/ready")
    assert (ready.status_code, ready.json()["status"]) == (200, "degraded")
    checks = {name: one["status"] for name, one in ready.json()["checks"].items()}
    assert (checks["postgres"], checks["redis"], checks["broker"]) == ("ok", "fail", "fail")
    await own_valkey.start()
    await farm.until_stored(1, 2, 3)


async def test_a_service_that_stops_has_handled_whatever_it_acknowledged(farms: Farms) -> None:
    farm = await farms()
    await farm.sow(ANY, *range(50))

    await farm.events.__aexit__()

    stored = await farm.stored()
    assert stored == list(range(len(stored)))
    [lag] = await farm.events.operations.lag()
    assert lag.pending == 0
