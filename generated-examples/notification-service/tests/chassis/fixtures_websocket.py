"""Replicas of a service with live topics, and clients that talk to them over real sockets."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect

from notification_service.chassis import health, valkey, websocket
from notification_service.chassis.application import Application, Blueprint
from notification_service.chassis.context import RawHeaders
from notification_service.chassis.errors import Unauthorized
from notification_service.chassis.features import BLUEPRINT
from notification_service.chassis.policy import PUBLIC, Policy, Principal
from notification_service.chassis.websocket import Hub, authenticated, public

from .fixtures_service import client_for

PATIENCE = 10.0


class Talk:
    """One client's conversation."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def say(self, **frame: object) -> None:
        await self.connection.send(json.dumps(frame))

    async def hear(self) -> dict[str, Any]:  # Any: JSON
        """The next frame, waiting up to 10 s for it."""
        async with asyncio.timeout(PATIENCE):
            frame: dict[str, Any] = json.loads(await self.connection.recv())
            return frame

    async def ask(self, **frame: object) -> dict[str, Any]:  # Any: JSON
        """Say it, and hear the next frame."""
        await self.say(**frame)
        return await self.hear()

    async def numbers(self, count: int) -> list[int]:
        """The `seq` of the next events."""
        return [(await self.hear())["seq"] for _ in range(count)]

    async def closed(self) -> tuple[int, str]:
        """Code and reason of the closing, waiting up to 10 s for it."""
        async with asyncio.timeout(PATIENCE):
            await self.connection.wait_closed()
        assert self.connection.close_code is not None
        return self.connection.close_code, self.connection.close_reason or ""


class Replica:
    """One running process of the service, as far as a test can tell."""

    def __init__(self, app: Application, http: httpx.AsyncClient) -> None:
        self.app = app
        self.http = http
        self.port = http.base_url.port

    async def publish(self, topic: str, data: object = None, *, to: str | None = None) -> str:
        return await self.app.resource(Hub).publish(topic, "changed", data, to=to)

    @asynccontextmanager
    async def talk(
        self, token: str | None = None, *, query: str = "", **options: Any
    ) -> AsyncIterator[Talk]:
        """A client, with this token in its handshake."""
        headers = {} if token is None else {"authorization": f"Bearer {token}"}
        url = f"ws://127.0.0.1:{self.port}/v1/ws{query}"
        async with connect(url, additional_headers=headers, **options) as connection:
            yield Talk(connection)

    async def metrics(self) -> str:
        return (await self.http.get("/metrics")).text

    async def until(self, line: str) -> None:
        """Wait up to 10 s until the metrics have this line."""
        async with asyncio.timeout(PATIENCE):
            while line not in await self.metrics():
                continue

    async def until_websocket(self, status: str) -> httpx.Response:
        """The first answer of the readiness route that says this of live messages, within 10 s."""
        async with asyncio.timeout(PATIENCE):
            while True:
                ready = await self.http.get("/health/ready")
                if ready.json()["checks"]["websocket"]["status"] == status:
                    return ready


class Names:
    """Believes whoever sends a token: it is the name, until it is revoked or its time is over."""

    def __init__(self) -> None:
        self.revoked: set[str] = set()
        self.seconds = 300

    async def admit(
        self, headers: RawHeaders, policy: Policy, *, token: str | None = None
    ) -> Principal | None:
        if policy is PUBLIC:
            return None
        sent = dict(headers).get(b"authorization", b"").decode().removeprefix("Bearer ")
        name = token or sent
        if not name or name in self.revoked:
            raise Unauthorized("the token is revoked", code="token-revoked")
        return Principal(name, frozenset(), None, int(time.time()) + self.seconds, {})


async def owner(principal: Principal | None, parameters: Mapping[str, str]) -> bool:
    """Whoever's name the order begins with."""
    return principal is not None and parameters["id"].startswith(principal.sub)


def live_service() -> Application:
    """A service with nothing but live topics."""
    app = Application(Blueprint(BLUEPRINT.name, "test", [health, valkey, websocket]))
    topics = app.resource(Hub).topics
    topics.declare("stock/{id}", policy=public)
    topics.declare("orders/{id}", policy=owner)
    topics.declare("me/orders", policy=authenticated)
    return app


Replicas = Callable[[], Awaitable[Replica]]


@pytest.fixture
def names() -> Names:
    return Names()


@pytest.fixture
def live_environment(
    bare_environment: pytest.MonkeyPatch, valkey_settings: dict[str, str]
) -> pytest.MonkeyPatch:
    """All that a service with nothing but live topics must be told."""
    bare_environment.setenv("REDIS_URL", valkey_settings["REDIS_URL"])
    return bare_environment


@pytest.fixture
async def anonymous_replicas(live_environment: pytest.MonkeyPatch) -> AsyncIterator[Replicas]:
    """Start replicas of a service without authentication."""
    async with AsyncExitStack() as stack:

        async def start() -> Replica:
            app = live_service()
            return Replica(app, await stack.enter_async_context(client_for(app)))

        yield start


@pytest.fixture
def replicas(anonymous_replicas: Replicas, names: Names) -> Replicas:
    """Start replicas of a service that knows its callers by name."""

    async def start() -> Replica:
        replica = await anonymous_replicas()
        replica.app.authenticator = names
        return replica

    return start


@pytest.fixture
async def replica(replicas: Replicas) -> Replica:
    return await replicas()


@pytest.fixture
def websocket_settings() -> dict[str, str]:
    """Live messages need no settings besides Valkey's."""
    return {}
