"""A registry that writes down what it is told: a small server on a real socket."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web


class RecordingRegistry:
    """Takes registrations, renews leases, and can forget everything or go away."""

    def __init__(self) -> None:
        self.calls: asyncio.Queue[tuple[str, dict[str, object]]] = asyncio.Queue()
        self.leases: set[str] = set()
        self.troubled = False
        self.port = 0
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Listen, on the same port as before if it was started before."""
        app = web.Application()
        app.add_routes(
            [
                web.post("/register", self._register),
                web.put("/leases/{id}", self._renew),
                web.post("/unregister", self._unregister),
            ]
        )
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def heard(self, name: str) -> dict[str, object]:
        """The next call of this name, waiting up to 10 s for it."""
        async with asyncio.timeout(10):
            while True:
                call, said = await self.calls.get()
                if call == name:
                    return said

    async def _register(self, request: web.Request) -> web.Response:
        said = await request.json()
        instance = f"instance-{len(self.leases) + 1}"
        self.leases.add(instance)
        self.calls.put_nowait(("register", said))
        lease = {"instance_id": instance, "lease_secret": "s", "ttl": said["ttl"], "revision": 1}
        return web.json_response(lease, status=201)

    async def _renew(self, request: web.Request) -> web.Response:
        self.calls.put_nowait(("renew", await request.json()))
        if self.troubled:
            return web.Response(status=503)
        return web.Response(status=200 if request.match_info["id"] in self.leases else 404)

    async def _unregister(self, request: web.Request) -> web.Response:
        self.calls.put_nowait(("unregister", await request.json()))
        return web.Response()


@pytest.fixture
async def recording_registry() -> AsyncIterator[RecordingRegistry]:
    registry = RecordingRegistry()
    await registry.start()
    yield registry
    await registry.stop()


@pytest.fixture
def registry_settings() -> dict[str, str]:
    """A registry that is away, which stops no service."""
    return {"REGISTRY_URL": "http://127.0.0.1:9", "SERVICE_URL": "http://127.0.0.1:1"}
