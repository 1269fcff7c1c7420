"""A running service for a test: real sockets, in the test's own process and event loop."""

import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx
import pytest

from gateway.chassis import health
from gateway.chassis.application import Application, Blueprint
from gateway.chassis.features import BLUEPRINT
from gateway.chassis.routing import Router
from gateway.chassis.server import Server

ClientOf = Callable[..., Awaitable[httpx.AsyncClient]]

logging.getLogger("httpx").setLevel(logging.WARNING)

KEPT = {"HOME", "LANG", "PATH", "TMPDIR", "VIRTUAL_ENV"}


@pytest.fixture(scope="session")
def anyio_backend() -> tuple[str, dict[str, bool]]:
    return "asyncio", {"use_uvloop": os.name != "nt"}


@pytest.fixture
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The settings that every service has, and nothing of the environment around the test."""
    for name in set(os.environ) - KEPT:
        if not name.startswith(("PYTHON", "PYTEST", "COV")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("ENVIRONMENT", "development")
    monkeypatch.setenv("HOST", "127.0.0.1")
    monkeypatch.setenv("PORT", "0")
    return monkeypatch


@pytest.fixture
def environment(
    bare_environment: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> pytest.MonkeyPatch:
    """All settings of this service, each feature's from its fixture `<feature>_settings`."""
    for feature in BLUEPRINT.features:
        if feature.SETTINGS:
            settings = request.getfixturevalue(f"{feature.__name__.rpartition('.')[2]}_settings")
            for name, value in settings.items():
                bare_environment.setenv(name, value)
    return bare_environment


@pytest.fixture
def client_headers(request: pytest.FixtureRequest) -> dict[str, str]:
    """What `client` sends with every request: of each feature that has one, its fixture
    `<feature>_headers`."""
    headers: dict[str, str] = {}
    for feature in BLUEPRINT.features:
        name = f"{feature.__name__.rpartition('.')[2]}_headers"
        try:
            headers |= request.getfixturevalue(name)
        except pytest.FixtureLookupError as error:
            if error.argname != name:
                raise
    return headers


@asynccontextmanager
async def client_for(
    app: Application, headers: Mapping[str, str] | None = None
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of this application while it serves on a free port."""
    server = Server(app)
    server.config.load()
    server.lifespan = server.config.lifespan_class(server.config)
    await server.startup()
    await server.on_tick(0)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=10
        ) as client:
            yield client
    finally:
        await server.shutdown()


async def failure_at_start(app: Application) -> str:
    """What the server is told when this application does not start."""
    said: list[dict[str, str]] = []

    async def receive() -> dict[str, str]:
        return {"type": "lifespan.startup"}

    async def send(message: Any) -> None:  # Any: an ASGI message
        said.append(message)

    await app({"type": "lifespan"}, receive, send)
    assert said[0]["type"] == "lifespan.startup.failed"
    return said[0]["message"]


@pytest.fixture
async def client(
    environment: pytest.MonkeyPatch,
    create_app: Callable[[], Application],
    client_headers: dict[str, str],
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the service itself, which every policy without a role lets in."""
    async with client_for(create_app(), client_headers) as client:
        yield client


@pytest.fixture
async def client_of(bare_environment: pytest.MonkeyPatch) -> AsyncIterator[ClientOf]:
    """Make clients of a bare application that serves the given routers and its health."""
    async with AsyncExitStack() as stack:

        async def serve(*routers: Router) -> httpx.AsyncClient:
            app = Application(Blueprint(BLUEPRINT.name, "test", [health]))
            app.include(*routers)
            return await stack.enter_async_context(client_for(app))

        yield serve
