"""An admin sees which services run, as the registry sees it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
from aiohttp import web

from notification_service.chassis.application import Application

from tests.chassis.fixtures_auth import token
from tests.chassis.fixtures_service import client_for
from tests.people import ID
from tests.shop import Service, Surroundings

ADMIN = token(sub=ID, roles=["admin"])


def instance(id: str, state: str = "healthy") -> dict[str, str]:
    return {"id": id, "url": "http://127.0.0.1:8103", "version": "0.1.0", "state": state}


class Registry:
    """Answers as the registry does: at once, or when there is something new."""

    def __init__(self) -> None:
        self.url = ""
        self._revision = 1
        self._services: dict[str, list[dict[str, str]]] = {}
        self._changed = asyncio.Condition()

    async def change(self, **services: list[dict[str, str]]) -> None:
        async with self._changed:
            self._services = {name.replace("_", "-"): ones for name, ones in services.items()}
            self._revision += 1
            self._changed.notify_all()

    async def list(self, request: web.Request) -> web.Response:
        index = int(request.query.get("index", "-1"))
        async with self._changed:
            await self._changed.wait_for(lambda: self._revision != index)
            return web.json_response(
                {"epoch": "one", "revision": self._revision, "services": self._services}
            )


@pytest.fixture
async def registry(mail_environment: pytest.MonkeyPatch) -> AsyncIterator[Registry]:
    """A registry that the service asks, and registers at in vain."""
    registry = Registry()
    app = web.Application()
    app.add_routes([web.get("/services", registry.list)])
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    registry.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    mail_environment.setenv("REGISTRY_URL", registry.url)
    yield registry
    await runner.cleanup()


@pytest.fixture
async def replicas(
    registry: Registry, surroundings: Surroundings, create_app: Callable[[], Application]
) -> AsyncIterator[list[Service]]:
    """Two replicas that watch one registry."""
    async with AsyncExitStack() as stack:
        found = []
        for _ in range(2):
            app = create_app()
            http = await stack.enter_async_context(client_for(app))
            found.append(Service(http, app, surroundings))
        yield found


async def test_what_changes_is_told_once_however_many_replicas_watch(
    registry: Registry, replicas: list[Service]
) -> None:
    one, _ = replicas
    async with one.talk(ADMIN) as admin:
        await admin.ask(op="sub", topic="system/stack")
        frames: list[Any] = []

        await registry.change(order_service=[instance("a")])
        frames.append(await admin.hear())
        await registry.change(order_service=[instance("a", "unhealthy")], cart_service=[])
        frames.append(await admin.hear())
        await registry.change()
        frames.append(await admin.hear())

    assert [frame["type"] for frame in frames] == ["service.changed"] * 3
    assert [frame["data"] for frame in frames] == [
        {"service": "order-service", "instances": [instance("a")]},
        {"service": "order-service", "instances": [instance("a", "unhealthy")]},
        {"service": "order-service", "instances": []},
    ]
