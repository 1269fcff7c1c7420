"""What an operator sees and does: over HTTP, and on the command line."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx
import pytest
from nexios.types import Scope

from order_service.chassis import database, events, health, ratelimit
from order_service.chassis.application import Application, Blueprint
from order_service.chassis.database import Database, Transaction
from order_service.chassis.errors import TooManyRequests
from order_service.chassis.events import (
    Event,
    Subscriptions,
    Unprocessable,
    publish,
    subscribe,
)
from order_service.chassis.features import BLUEPRINT
from order_service.chassis.ratelimit import Rate, RateLimit
from order_service.chassis.resource import CannotStart
from order_service.chassis.settings import Misconfigured

from .fixtures_service import client_for
from dev.nats import NatsServer

ID = UUID("0199b0a0-0000-7000-8000-000000000007")
SERVICE = BLUEPRINT.name
NOBODY = "127.0.0.1:1"  # where nobody listens


class SeedSown(Event, type="test.seed.sown.v1", subject="seed"):
    """A seed is in the ground."""

    seed: UUID


class TruffleFound(Event, type="test.truffle.found.v1", subject="place", private=True):
    """Not everybody is to know where."""

    place: str


class RainFallen(Event, type="test.rain.fallen.v1", subject="field", source="weather-service"):
    """It rained."""

    field: UUID


@dataclass
class Garden:
    """A service that sows, and takes no seed before it is `wet`."""

    app: Application
    client: httpx.AsyncClient
    wet: bool = False
    grown: list[UUID] = field(default_factory=list)

    async def sow(self) -> None:
        async with self.app.resource(Database).transaction() as tx:
            await publish(tx, SeedSown(seed=ID))

    async def dig(self) -> None:
        async with self.app.resource(Database).transaction() as tx:
            await publish(tx, TruffleFound(place="under the oak"))

    async def dead_letters(self) -> list[dict[str, Any]]:
        letters: list[dict[str, Any]] = (await self.client.get("/_events/dead-letters")).json()
        return letters

    async def until_dead(self) -> str:
        """The name of the one dead letter, once there is one."""
        async with asyncio.timeout(20):
            while not (letters := await self.dead_letters()):  # noqa: ASYNC110 - it is asked
                await asyncio.sleep(0.01)
        name: str = letters[0]["name"]
        return name

    async def until_grown(self) -> None:
        async with asyncio.timeout(20):
            while not self.grown:  # noqa: ASYNC110 - a handler says so
                await asyncio.sleep(0.01)


def make_app() -> Application:
    return Application(Blueprint(SERVICE, "test", [health, database, events, ratelimit]))


@pytest.fixture
def settings(
    bare_environment: pytest.MonkeyPatch,
    database_settings: dict[str, str],
    valkey_settings: dict[str, str],
) -> pytest.MonkeyPatch:
    for name, value in (database_settings | valkey_settings).items():
        bare_environment.setenv(name, value)
    return bare_environment


@pytest.fixture
def only_nats(settings: pytest.MonkeyPatch, nats_server: NatsServer) -> None:
    """Events go by NATS, and there is no Valkey."""
    settings.setenv("EVENTS_TRANSPORT", "nats")
    settings.setenv("EVENTS_NATS_URL", nats_server.url)
    settings.delenv("REDIS_URL", raising=False)


@pytest.fixture(name="garden")
async def planted(settings: pytest.MonkeyPatch) -> AsyncIterator[Garden]:
    app = make_app()
    subscriptions = Subscriptions()

    @subscriptions.subscribe(SeedSown)
    async def grow(event: SeedSown, tx: Transaction) -> None:
        """Let it grow."""
        if not garden.wet:
            raise Unprocessable("the ground is dry")
        garden.grown.append(event.seed)

    @subscriptions.subscribe(TruffleFound)
    async def smell(event: TruffleFound) -> None:
        raise Unprocessable("no dog is here")

    @subscriptions.subscribe(RainFallen)
    async def wet(event: RainFallen, tx: Transaction) -> None:
        """Nothing is dry any more."""

    subscribe(app, subscriptions)
    async with client_for(app) as client:
        garden = Garden(app, client)
        yield garden


class Shell:
    """`python -m` this service `events …`, beside the one that runs."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    async def __call__(self, *arguments: str) -> tuple[int, str]:
        app = make_app()
        subscriptions = Subscriptions()

        @subscriptions.subscribe(SeedSown)
        async def grow(event: SeedSown, tx: Transaction) -> None: ...

        @subscriptions.subscribe(TruffleFound)
        async def smell(event: TruffleFound) -> None: ...

        subscribe(app, subscriptions)
        self._capsys.readouterr()
        code = await app.commands["events"](arguments)
        said = self._capsys.readouterr()
        return code, said.out + said.err


@pytest.fixture
def shell(settings: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(capsys)


async def test_what_was_given_up_is_seen_with_its_reason_and_its_data(garden: Garden) -> None:
    await garden.sow()
    name = await garden.until_dead()

    letter = (await garden.client.get(f"/_events/dead-letters/{name}")).json()

    assert letter["name"].startswith(f"{SERVICE}/")
    assert "the ground is dry" in letter["reason"]
    assert letter["attributes"]["type"] == "test.seed.sown.v1"
    assert json.loads(letter["data"]) == {"seed": str(ID)}


async def test_what_is_private_is_shown_to_who_asks_for_it_outright(garden: Garden) -> None:
    await garden.dig()
    name = await garden.until_dead()

    letter = (await garden.client.get(f"/_events/dead-letters/{name}")).json()
    revealed = await garden.client.post("/_events/dead-letters/reveal", json={"names": [name]})

    assert (await garden.dead_letters())[0]["data"] is None
    assert letter["data"] is None
    assert json.loads(revealed.json()[0]["data"]) == {"place": "under the oak"}


async def test_a_dead_letter_that_is_replayed_is_handled_and_gone(garden: Garden) -> None:
    await garden.sow()
    name = await garden.until_dead()
    garden.wet = True

    answer = await garden.client.post("/_events/dead-letters/replay", json={"names": [name]})

    assert answer.json() == {"replayed": 1}
    await garden.until_grown()
    assert garden.grown == [ID]
    assert await garden.dead_letters() == []


async def test_a_dead_letter_that_is_purged_is_gone(garden: Garden) -> None:
    await garden.sow()
    name = await garden.until_dead()

    answer = await garden.client.post("/_events/dead-letters/purge", json={"names": [name]})

    assert answer.json() == {"purged": 1}
    assert await garden.dead_letters() == []


@pytest.mark.parametrize("name", [f"{SERVICE}/0/1-0", f"{SERVICE}/none", "nobody/0/1-0"])
async def test_a_name_that_leads_to_no_dead_letter_is_not_found(garden: Garden, name: str) -> None:
    assert (await garden.client.get(f"/_events/dead-letters/{name}")).status_code == 404


async def test_lag_and_outbox_are_seen_over_http(garden: Garden) -> None:
    await garden.sow()
    await garden.until_dead()

    lag = (await garden.client.get("/_events/lag")).json()
    outbox = (await garden.client.get("/_events/outbox")).json()

    own = [one for one in lag if one["topic"] == SERVICE]
    assert [(one["group"], one["dead"]) for one in own] == [(SERVICE, 1)]
    assert outbox == {"rows": 0, "oldest": None}


async def test_in_production_without_auth_operators_have_no_routes(
    settings: pytest.MonkeyPatch,
) -> None:
    settings.setenv("ENVIRONMENT", "production")

    paths = {route.raw_path for route in make_app().routes}

    assert "/asyncapi.json" in paths
    assert not [path for path in paths if path.startswith("/_events")]


async def test_the_command_line_lists_aligned_and_plain_in_a_pipe(
    garden: Garden, shell: Shell
) -> None:
    await garden.sow()
    name = await garden.until_dead()

    code, said = await shell("dlq", "list")

    titles, letter = said.splitlines()
    assert code == 0
    assert "\x1b" not in said
    assert titles.split() == ["NAME", "TYPE", "SUBJECT", "ATTEMPTS", "AGE", "REASON"]
    assert letter.startswith(name)
    assert letter.index("test.seed.sown.v1") == titles.index("TYPE")


async def test_the_command_line_colours_on_a_terminal(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)

    assert "\x1b[1mTOPIC" in (await shell("lag"))[1]


async def test_the_command_line_shows_one_and_replays_it(garden: Garden, shell: Shell) -> None:
    await garden.sow()
    name = await garden.until_dead()
    garden.wet = True

    _, shown = await shell("dlq", "show", name)
    code, replayed = await shell("dlq", "replay", name)

    assert "the ground is dry" in shown
    assert f'"seed": "{ID}"' in shown
    assert (code, replayed) == (0, "1 replayed\n")
    await garden.until_grown()


async def test_the_command_line_withholds_what_is_private(garden: Garden, shell: Shell) -> None:
    await garden.dig()
    name = await garden.until_dead()

    _, shown = await shell("dlq", "show", name)
    _, revealed = await shell("dlq", "show", "--reveal", name)

    assert "--reveal shows it" in shown
    assert '"place": "under the oak"' in revealed
    assert '"place": "under the oak"' not in shown


async def test_the_command_line_replays_all_and_says_how_many(garden: Garden, shell: Shell) -> None:
    await garden.sow()
    await garden.until_dead()
    garden.wet = True

    assert await shell("dlq", "replay", "--all", "--json") == (0, '{\n  "replayed": 1\n}\n')
    await garden.until_grown()


async def test_the_command_line_says_what_waits_as_json(shell: Shell) -> None:
    _, said = await shell("outbox", "--json")

    assert json.loads(said[said.index("{\n") :]) == {"rows": 0, "oldest": None}


async def test_the_command_line_names_what_is_not_there(shell: Shell) -> None:
    code, said = await shell("dlq", "purge", "nobody/0/1-0")

    assert code == 1
    topics = f"{SERVICE}, {SERVICE}-private"
    assert said == f"no dead letter nobody/0/1-0; this service reads of: {topics}.\n"


@pytest.mark.usefixtures("only_nats")
async def test_without_valkey_requests_are_counted_all_the_same(
    garden: Garden,
) -> None:
    limit = garden.app.resource(RateLimit)
    scope: Scope = {"client": ("192.0.2.1", 1), "extra_headers": []}

    await limit.admit(Rate(1, per=60), scope)

    with pytest.raises(TooManyRequests):
        await limit.admit(Rate(1, per=60), scope)


def test_where_events_go_by_valkey_its_missing_address_is_named(
    settings: pytest.MonkeyPatch,
) -> None:
    settings.delenv("REDIS_URL")

    with pytest.raises(Misconfigured, match="REDIS_URL"):
        make_app()


@pytest.mark.usefixtures("only_nats")
async def test_the_command_line_asks_nats_where_events_go_by_nats(
    garden: Garden, shell: Shell
) -> None:
    await garden.sow()
    name = await garden.until_dead()

    assert await shell("dlq", "purge", name) == (0, "1 purged\n")
    assert await garden.dead_letters() == []


@pytest.mark.parametrize(("transport", "named"), [("valkey", "Valkey"), ("nats", "NATS")])
async def test_the_command_line_names_the_transport_that_does_not_answer(
    settings: pytest.MonkeyPatch, shell: Shell, transport: str, named: str
) -> None:
    settings.setenv("EVENTS_TRANSPORT", transport)
    settings.setenv("EVENTS_NATS_URL", f"nats://{NOBODY}")
    settings.setenv("REDIS_URL", f"redis://{NOBODY}")

    with pytest.raises(CannotStart, match=f"{named} does not answer"):
        await shell("lag")


@pytest.mark.parametrize("transport", ["valkey", "nats"])
async def test_a_transport_that_does_not_answer_shows_in_readiness(
    settings: pytest.MonkeyPatch, transport: str
) -> None:
    settings.setenv("EVENTS_TRANSPORT", transport)
    settings.setenv("EVENTS_NATS_URL", f"nats://{NOBODY}")
    settings.setenv("REDIS_URL", f"redis://{NOBODY}")

    async with client_for(make_app()) as client:
        ready = await client.get("/health/ready")

    assert (ready.status_code, ready.json()["status"]) == (200, "degraded")
    assert ready.json()["checks"]["broker"]["status"] == "fail"


@pytest.mark.usefixtures("only_nats")
async def test_a_transport_that_answers_is_ready(garden: Garden) -> None:
    ready = await garden.client.get("/health/ready")

    assert ready.json()["checks"]["broker"]["status"] == "ok"


async def test_the_document_says_what_is_sent_and_what_is_received(garden: Garden) -> None:
    document = (await garden.client.get("/asyncapi.json")).json()

    assert document["asyncapi"] == "3.0.0"
    assert document["channels"].keys() >= {SERVICE, "weather-service"}
    operations = document["operations"]
    assert operations["send.test.seed.sown.v1"]["summary"] == "A seed is in the ground."
    assert operations["receive.test.seed.sown.v1"]["summary"] == "Let it grow."
    assert operations["receive.test.rain.fallen.v1"]["channel"]["$ref"].endswith("/weather-service")
    assert "send.test.rain.fallen.v1" not in operations


async def test_every_reference_in_the_document_leads_somewhere(garden: Garden) -> None:
    document = (await garden.client.get("/asyncapi.json")).json()

    assert [one for one in references(document) if not leads(document, one)] == []


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from filter(None, [value.get("$ref")])
        for child in value.values():
            yield from references(child)
    if isinstance(value, list):
        for child in value:
            yield from references(child)


def leads(document: Any, reference: str) -> bool:
    for step in reference.removeprefix("#/").split("/"):
        if step not in document:
            return False
        document = document[step]
    return True
