"""How a service publishes and subscribes, and what it is told when it is written wrong."""

from uuid import UUID

import pytest
from redis import Redis

from order_service.chassis import database, events, valkey
from order_service.chassis.application import Application, Blueprint
from order_service.chassis.database import Database, Transaction
from order_service.chassis.events import (
    Event,
    Events,
    Subscriptions,
    known_events,
    publish,
    subscribe,
)
from order_service.chassis.features import BLUEPRINT

from .fixtures_events import until
from .fixtures_service import client_for

ID = UUID("0199b0a0-0000-7000-8000-000000000001")


class Planted(Event, type="test.tree.planted.v1", subject="tree"):
    tree: UUID
    height: int


class Felled(Event, type="test.tree.felled.v1", subject="tree", source="forester"):
    tree: UUID


class Whispered(Event, type="test.tree.whispered.v1", subject="tree", private=True):
    tree: UUID


def test_a_type_is_known_by_its_name() -> None:
    assert known_events()["test.tree.planted.v1"] is Planted


def test_a_type_that_is_not_written_like_one_is_refused() -> None:
    with pytest.raises(TypeError, match=r"write it like shop\.order\.paid\.v1"):

        class Shouted(Event, type="TreePlanted", subject="tree"):
            tree: UUID


def test_an_event_without_an_ordering_key_is_refused() -> None:
    with pytest.raises(TypeError, match="say with subject="):

        class Adrift(Event, type="test.tree.adrift.v1"):
            tree: UUID


def test_two_classes_of_one_type_are_refused() -> None:
    with pytest.raises(TypeError, match=r"test\.tree\.planted\.v1 is Planted already"):

        class Doubled(Event, type="test.tree.planted.v1", subject="tree"):
            tree: UUID


def test_an_event_that_was_made_here_has_no_envelope() -> None:
    with pytest.raises(LookupError, match="it was made here"):
        assert Planted(tree=ID, height=3).envelope


def test_a_second_handler_of_a_type_is_refused() -> None:
    subscriptions = Subscriptions()

    @subscriptions.subscribe(Felled)
    async def plant_another(event: Felled, tx: Transaction) -> None: ...

    with pytest.raises(TypeError, match="has a handler already"):

        @subscriptions.subscribe(Felled)
        async def mourn(event: Felled) -> None: ...


def test_a_handler_that_takes_a_transaction_works_in_one() -> None:
    subscriptions = Subscriptions()

    @subscriptions.subscribe(Felled)
    async def plant_another(event: Felled, tx: Transaction) -> None: ...

    @subscriptions.subscribe(Planted)
    async def mourn(event: Planted) -> None: ...

    assert [one.in_transaction for one in subscriptions] == [True, False]


@pytest.fixture
def app(
    bare_environment: pytest.MonkeyPatch,
    database_settings: dict[str, str],
    valkey_settings: dict[str, str],
) -> Application:
    for name, value in (database_settings | valkey_settings).items():
        bare_environment.setenv(name, value)
    return Application(Blueprint(BLUEPRINT.name, "test", [valkey, database, events]))


async def test_what_a_service_handles_is_seen_on_it(app: Application) -> None:
    subscriptions = Subscriptions()

    @subscriptions.subscribe(Felled)
    async def plant_another(event: Felled, tx: Transaction) -> None: ...

    subscribe(app, subscriptions)

    assert [one.kind for one in app.resource(Events).subscriptions] == [Felled]


async def test_an_event_of_another_service_cannot_be_published(app: Application) -> None:
    async with client_for(app):
        database = app.resource(Database)

        with pytest.raises(TypeError, match="is not ours to publish: it is of forester"):
            async with database.transaction() as tx:
                await publish(tx, Felled(tree=ID))


async def test_what_is_published_is_a_row_of_the_transaction(app: Application) -> None:
    async with client_for(app):
        database = app.resource(Database)

        async with database.transaction() as tx:
            published = await publish(tx, Planted(tree=ID, height=3), sequence=7)
            row = await tx.fetchrow("SELECT * FROM outbox WHERE id = $1", published)

        assert row is not None
        assert (row["type"], row["subject"]) == ("test.tree.planted.v1", str(ID))
        assert row["data"] == b'{"tree":"0199b0a0-0000-7000-8000-000000000001","height":3}'
        assert row["ext"] == '{"sequence": "7"}'


async def test_a_private_event_travels_where_others_need_not_look(
    app: Application, valkey_url: str
) -> None:
    heard: list[UUID] = []
    subscriptions = Subscriptions()

    @subscriptions.subscribe(Whispered)
    async def keep(event: Whispered) -> None:
        heard.append(event.tree)

    subscribe(app, subscriptions)
    async with client_for(app):
        async with app.resource(Database).transaction() as tx:
            await publish(tx, Whispered(tree=ID))
        await until(lambda: heard)

    assert heard == [ID]
    with Redis.from_url(valkey_url) as redis:
        streams = [key.decode() for key in redis.scan_iter("ev:{*", _type="stream")]
        written = [stream for stream in streams if redis.xlen(stream)]
    private = "ev:{" + app.name + "-private"
    assert [stream.rpartition(".")[0] for stream in written] == [private]
