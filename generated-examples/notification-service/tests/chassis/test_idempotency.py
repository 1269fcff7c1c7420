"""Sent twice, done once: `Idempotency-Key`, through HTTP and on a real PostgreSQL."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import TypeAlias
from uuid import uuid4

import asyncpg
import httpx
import pytest
from httpx import AsyncClient
from nexios.http import Request, Response
from pydantic import BaseModel

from notification_service.chassis import database, health, idempotency, jobs
from notification_service.chassis.application import Application, Blueprint
from notification_service.chassis.context import RawHeaders
from notification_service.chassis.database import Database
from notification_service.chassis.errors import Conflict, Unavailable
from notification_service.chassis.features import BLUEPRINT
from notification_service.chassis.http import Reply, answer, body
from notification_service.chassis.idempotency import Once, forget, prune
from notification_service.chassis.openapi.document import document
from notification_service.chassis.policy import OPTIONAL, Policy, Principal
from notification_service.chassis.routing import Router

from .fixtures_service import client_for

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

FEATURES = [health, database, jobs, idempotency]


class Note(BaseModel):
    text: str


def noted(note: Note) -> Reply:
    return answer(note, 201, headers={"location": f"/notes/{note.text}"})


class Provider:
    """Another's service, called between two transactions; it fails as often as it is told to."""

    def __init__(self) -> None:
        self.failures: list[Exception] = []
        self.open = asyncio.Event()
        self.open.set()

    async def charge(self) -> None:
        await self.open.wait()
        if self.failures:
            raise self.failures.pop()


def notes(provider: Provider) -> Router:
    router = Router(policy=OPTIONAL)

    @router.post("/notes", request_model=Note, responses={201: Note}, idempotency="required")
    async def add(request: Request, response: Response) -> Reply:
        note = await body(request, Note)
        once = await Once.of(request, noted)
        async with Database.of(request).transaction() as tx:
            await once.claim(tx)
            await tx.execute("INSERT INTO effects VALUES ($1)", note.text)
            if provider.failures:
                raise provider.failures.pop()
            await once.keep(tx, note)
        return noted(note)

    @router.post("/hints", request_model=Note, responses={201: Note}, idempotency="optional")
    async def hint(request: Request, response: Response) -> Reply:
        added: Reply = await add(request, response)
        return added

    @router.post("/forgetful", idempotency="required")
    async def forget(request: Request, response: Response) -> Reply:
        once = await Once.of(request, noted)
        async with Database.of(request).transaction() as tx:
            await once.claim(tx)
        return answer({})

    @router.post("/payments", request_model=Note, responses={201: Note}, idempotency="required")
    async def pay(request: Request, response: Response) -> Reply:
        once = await Once.of(request, noted)
        draft = str(uuid4())
        async with Database.of(request).transaction() as tx:
            begun = await once.claim(tx, lease_seconds=30, reference=draft)
            if begun is None:
                await tx.execute("INSERT INTO effects VALUES ($1)", f"draft {draft}")
        try:
            await provider.charge()
        except Unavailable:
            async with Database.of(request).transaction() as tx:
                await once.release(tx)
            raise
        note = Note(text=begun or draft)
        async with Database.of(request).transaction() as tx:
            await tx.execute("INSERT INTO effects VALUES ($1)", f"paid {note.text}")
            await once.keep(tx, note)
        return noted(note)

    return router


class ByName:
    """Believes whoever says a name, as a test may."""

    async def admit(
        self, headers: RawHeaders, policy: Policy, *, token: str | None = None
    ) -> Principal | None:
        name = dict(headers).get(b"x-name")
        return Principal(name.decode(), frozenset(), None, 0, {}) if name else None


@pytest.fixture
def provider() -> Provider:
    return Provider()


@pytest.fixture
def make_app(
    bare_environment: pytest.MonkeyPatch, database_settings: dict[str, str], provider: Provider
) -> Callable[[], Application]:
    for name, value in database_settings.items():
        bare_environment.setenv(name, value)

    def make() -> Application:
        app = Application(Blueprint(BLUEPRINT.name, "test", FEATURES))
        app.authenticator = ByName()
        app.include(notes(provider))
        return app

    return make


@pytest.fixture
def app(make_app: Callable[[], Application]) -> Application:
    return make_app()


@pytest.fixture
async def http(app: Application) -> AsyncIterator[AsyncClient]:
    async with client_for(app) as client:
        yield client


@pytest.fixture
async def rows(http: AsyncClient, database_url: str) -> AsyncIterator[Connection]:
    """A connection of the test's own, beside the service's."""
    connection = await asyncpg.connect(database_url)
    await connection.execute("CREATE TABLE effects (text text)")
    yield connection
    await connection.close()


async def post(
    http: AsyncClient,
    key: str | None = "k1",
    text: str = "first",
    path: str = "/notes",
    **also: str,
) -> httpx.Response:
    headers = also | ({"idempotency-key": key} if key is not None else {})
    return await http.post(path, json={"text": text}, headers=headers)


async def effects(rows: Connection) -> list[str]:
    return [row["text"] for row in await rows.fetch("SELECT text FROM effects")]


async def until_waiting(rows: Connection) -> None:
    """Wait until a session waits for what this connection has locked."""
    async with asyncio.timeout(10):
        while not await rows.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
            await rows.execute("SELECT pg_sleep(0.01)")


async def test_the_same_request_again_gets_the_first_answer(
    http: AsyncClient, rows: Connection
) -> None:
    first = await post(http)
    again = await post(http)

    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["location"] == first.headers["location"]
    assert again.headers["content-type"] == "application/json"
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert await effects(rows) == ["first"]


async def test_fifty_at_once_with_one_key_have_one_effect(
    http: AsyncClient, rows: Connection
) -> None:
    answers = await asyncio.gather(*(post(http) for _ in range(50)))

    statuses = Counter(answer.status_code for answer in answers)
    replayed = [answer for answer in answers if "idempotent-replayed" in answer.headers]
    assert await effects(rows) == ["first"]
    assert set(statuses) <= {201, 409}
    assert statuses[201] == len(replayed) + 1


async def test_two_replicas_have_one_effect_between_them(
    http: AsyncClient, make_app: Callable[[], Application], rows: Connection
) -> None:
    async with client_for(make_app()) as other:
        answers = await asyncio.gather(*(post(one) for one in [http, other] * 8))

    assert await effects(rows) == ["first"]
    assert {answer.status_code for answer in answers} <= {201, 409}


async def test_another_meanwhile_is_told_at_once_that_the_first_is_in_flight(
    http: AsyncClient, rows: Connection
) -> None:
    async with asyncio.TaskGroup() as tasks, rows.transaction():
        await rows.execute("LOCK TABLE effects")
        first = tasks.create_task(post(http))
        await until_waiting(rows)

        second = await post(http)

    assert (second.status_code, second.json()["code"]) == (409, "idempotency-in-flight")
    assert int(second.headers["retry-after"]) >= 1
    assert first.result().status_code == 201
    assert (await post(http)).headers["idempotent-replayed"] == "true"


async def test_another_key_is_another_request(http: AsyncClient, rows: Connection) -> None:
    await post(http, "k1")
    await post(http, "k2")

    assert await effects(rows) == ["first", "first"]


@pytest.mark.parametrize("other", [{"text": "second"}, {"path": "/notes?x=1"}, {"path": "/hints"}])
async def test_a_key_that_came_with_another_request_is_refused(
    http: AsyncClient, rows: Connection, other: dict[str, str]
) -> None:
    await post(http)

    refused = await post(http, **other)

    assert (refused.status_code, refused.json()["code"]) == (422, "idempotency-key-reused")
    assert await effects(rows) == ["first"]


async def test_two_callers_who_choose_the_same_key_do_not_hear_of_each_other(
    http: AsyncClient, rows: Connection
) -> None:
    await post(http, text="mine", **{"x-name": "ada"})

    other = await post(http, text="hers", **{"x-name": "eve"})

    assert (other.status_code, other.json()) == (201, {"text": "hers"})
    assert (await post(http, text="mine", **{"x-name": "ada"})).json() == {"text": "mine"}
    assert await effects(rows) == ["mine", "hers"]


async def test_of_a_caller_who_is_forgotten_no_answer_is_kept(
    http: AsyncClient, app: Application, rows: Connection
) -> None:
    await post(http, **{"x-name": "ada"})
    await post(http, **{"x-name": "eve"})

    async with app.resource(Database).transaction() as tx:
        await forget(tx, "ada")

    assert [row["caller"] for row in await rows.fetch("SELECT * FROM idempotency_keys")] == ["eve"]


async def test_a_request_without_the_key_that_it_needs_is_refused(
    http: AsyncClient, rows: Connection
) -> None:
    refused = await post(http, None)

    assert (refused.status_code, refused.json()["code"]) == (400, "idempotency-key-required")
    assert await effects(rows) == []


@pytest.mark.parametrize("key", ["", "x" * 256, "two words", '""', '"open'])
async def test_a_key_that_is_none_is_refused(http: AsyncClient, rows: Connection, key: str) -> None:
    refused = await post(http, key, path="/hints")

    assert (refused.status_code, refused.json()["code"]) == (400, "idempotency-key-required")


async def test_two_keys_are_refused(http: AsyncClient, rows: Connection) -> None:
    headers = [("idempotency-key", "k1"), ("idempotency-key", "k2")]

    refused = await http.post("/notes", json={"text": "first"}, headers=headers)

    assert refused.status_code == 400


async def test_the_longest_key_is_known_again(http: AsyncClient, rows: Connection) -> None:
    await post(http, "x" * 255)

    assert (await post(http, "x" * 255)).headers["idempotent-replayed"] == "true"


async def test_a_key_in_quotes_is_the_same_key(http: AsyncClient, rows: Connection) -> None:
    await post(http, "k1")

    assert (await post(http, '"k1"')).headers["idempotent-replayed"] == "true"


async def test_where_the_key_is_optional_each_request_without_one_is_new(
    http: AsyncClient, rows: Connection
) -> None:
    await post(http, None, path="/hints")
    await post(http, None, path="/hints")

    assert await effects(rows) == ["first", "first"]


async def test_a_request_that_failed_is_done_when_it_comes_again(
    http: AsyncClient, rows: Connection, provider: Provider
) -> None:
    provider.failures.append(Conflict("not now"))

    assert (await post(http)).status_code == 409
    again = await post(http)

    assert again.status_code == 201
    assert "idempotent-replayed" not in again.headers
    assert await effects(rows) == ["first"]


async def test_a_key_that_has_expired_is_a_new_one(http: AsyncClient, rows: Connection) -> None:
    await post(http)
    await rows.execute("UPDATE idempotency_keys SET expires_at = now() - interval '1 second'")

    again = await post(http, text="second")

    assert again.status_code == 201
    assert "idempotent-replayed" not in again.headers
    assert (await post(http, text="second")).content == again.content


async def test_what_has_expired_is_pruned(
    http: AsyncClient, app: Application, rows: Connection
) -> None:
    await post(http, "k1")
    await rows.execute("UPDATE idempotency_keys SET expires_at = now() - interval '1 second'")
    await post(http, "k2")

    await prune(app.resource(Database))

    assert [row["key"] for row in await rows.fetch("SELECT key FROM idempotency_keys")] == ["k2"]


async def test_a_use_case_that_keeps_no_answer_is_a_mistake_and_not_done_again(
    http: AsyncClient, rows: Connection
) -> None:
    await post(http, path="/forgetful")

    assert (await post(http, path="/forgetful")).status_code == 500


async def test_what_was_begun_in_one_transaction_and_ended_in_another_is_replayed(
    http: AsyncClient, rows: Connection
) -> None:
    first = await post(http, path="/payments")
    again = await post(http, path="/payments")

    assert again.headers["idempotent-replayed"] == "true"
    assert again.content == first.content
    assert len(await effects(rows)) == 2


async def test_what_was_begun_is_not_begun_again_while_its_lease_lasts(
    http: AsyncClient, rows: Connection, provider: Provider
) -> None:
    provider.failures.append(ZeroDivisionError())
    await post(http, path="/payments")

    told = await post(http, path="/payments")

    assert (told.status_code, told.json()["code"]) == (409, "idempotency-in-flight")
    assert 25 <= int(told.headers["retry-after"]) <= 30


async def test_what_was_begun_before_a_crash_is_resumed_once_its_lease_is_over(
    http: AsyncClient, rows: Connection, provider: Provider
) -> None:
    provider.failures.append(ZeroDivisionError())
    await post(http, path="/payments")
    await rows.execute("UPDATE idempotency_keys SET leased_until = now()")

    resumed = await post(http, path="/payments")

    assert resumed.status_code == 201
    draft = resumed.json()["text"]
    assert await effects(rows) == [f"draft {draft}", f"paid {draft}"]


async def test_what_failed_in_good_order_is_resumed_at_once(
    http: AsyncClient, rows: Connection, provider: Provider
) -> None:
    provider.failures.append(Unavailable("the provider is away"))

    assert (await post(http, path="/payments")).status_code == 503
    resumed = await post(http, path="/payments")

    draft = resumed.json()["text"]
    assert await effects(rows) == [f"draft {draft}", f"paid {draft}"]


async def test_who_lost_its_lease_to_another_has_no_effect_any_more(
    http: AsyncClient, rows: Connection, provider: Provider
) -> None:
    provider.open.clear()
    async with asyncio.TaskGroup() as tasks:
        slow = tasks.create_task(post(http, path="/payments"))
        async with asyncio.timeout(10):
            while not await effects(rows):
                await rows.execute("SELECT pg_sleep(0.01)")
        await rows.execute("UPDATE idempotency_keys SET leased_until = now()")
        swift = tasks.create_task(post(http, path="/payments"))
        async with asyncio.timeout(10):
            while await rows.fetchval("SELECT leased_until < now() FROM idempotency_keys"):
                await rows.execute("SELECT pg_sleep(0.01)")
        provider.open.set()

    assert sorted([slow.result().status_code, swift.result().status_code]) == [201, 409]
    assert swift.result().status_code == 201
    assert len(await effects(rows)) == 2


async def test_what_became_of_the_keys_shows_in_the_metrics(
    http: AsyncClient, rows: Connection
) -> None:
    await post(http)
    await post(http)

    metrics = (await http.get("/metrics")).text

    assert 'idempotency_claims_total{outcome="first"} 1.0' in metrics
    assert 'idempotency_claims_total{outcome="replayed"} 1.0' in metrics


def test_the_documentation_names_the_key_and_what_can_come_of_it(app: Application) -> None:
    paths = document(app)["paths"]

    operation, optional = paths["/notes"]["post"], paths["/hints"]["post"]
    [key] = operation["parameters"]
    assert (key["name"], key["in"], key["required"]) == ("Idempotency-Key", "header", True)
    assert optional["parameters"][0]["required"] is False
    assert {"400", "409", "422"} <= set(operation["responses"])
    assert "Idempotent-Replayed" in operation["responses"]["201"]["headers"]
