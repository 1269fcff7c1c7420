"""A little service that does once what it is sent twice, and what the tests do with it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import TypeAlias
from uuid import uuid4

import asyncpg
import httpx
import pytest
from httpx import AsyncClient
from nexios.http import Request, Response
from pydantic import BaseModel

from order_service.chassis import database, health, idempotency, jobs
from order_service.chassis.application import Application, Blueprint
from order_service.chassis.context import RawHeaders
from order_service.chassis.database import Database
from order_service.chassis.errors import Unavailable
from order_service.chassis.features import BLUEPRINT
from order_service.chassis.http import Reply, answer, body
from order_service.chassis.idempotency import Once
from order_service.chassis.policy import OPTIONAL, Policy, Principal
from order_service.chassis.routing import Router

from .fixtures_service import client_for

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
NotebookApp: TypeAlias = Callable[[], Application]

FEATURES = [health, database, jobs, idempotency]


@pytest.fixture
def idempotency_settings() -> dict[str, str]:
    return {}


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


@dataclass(frozen=True)
class Notebook:
    """The service through its door, and a look into its database."""

    http: AsyncClient
    app: Application
    rows: Connection
    provider: Provider

    async def post(
        self, key: str | None = "k1", text: str = "first", path: str = "/notes", **also: str
    ) -> httpx.Response:
        headers = also | ({"idempotency-key": key} if key is not None else {})
        return await self.http.post(path, json={"text": text}, headers=headers)

    async def effects(self) -> list[str]:
        return [row["text"] for row in await self.rows.fetch("SELECT text FROM effects")]

    async def until_waiting(self) -> None:
        """Wait until a session waits for what this connection has locked."""
        await self.until("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")

    async def until(self, query: str) -> None:
        """Wait until it is true, at most 10 s."""
        async with asyncio.timeout(10):
            while not await self.rows.fetchval(query):
                await self.rows.execute("SELECT pg_sleep(0.01)")


@pytest.fixture
def notebook_provider() -> Provider:
    return Provider()


@pytest.fixture
def notebook_app(
    bare_environment: pytest.MonkeyPatch,
    database_settings: dict[str, str],
    notebook_provider: Provider,
) -> NotebookApp:
    """Makes one more replica of the service."""
    for name, value in database_settings.items():
        bare_environment.setenv(name, value)

    def make() -> Application:
        app = Application(Blueprint(BLUEPRINT.name, "test", FEATURES))
        app.authenticator = ByName()
        app.include(notes(notebook_provider))
        return app

    return make


@pytest.fixture
async def notebook(
    notebook_app: NotebookApp, notebook_provider: Provider, database_url: str
) -> AsyncIterator[Notebook]:
    app = notebook_app()
    rows = await asyncpg.connect(database_url)
    await rows.execute("CREATE TABLE effects (text text)")
    async with client_for(app) as http:
        yield Notebook(http, app, rows, notebook_provider)
    await rows.close()
