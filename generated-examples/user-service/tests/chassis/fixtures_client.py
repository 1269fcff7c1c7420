"""Services to call: small ones on real sockets, that answer as they are told."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest
from aiohttp import web

Behaviour = Callable[[web.Request], Awaitable[web.StreamResponse]]


def says(status: int, document: object = None, **headers: str) -> Behaviour:
    """Answer every request so; a document with a `code` is a problem document."""
    problem = isinstance(document, dict) and "code" in document
    media_type = "application/problem+json" if problem else "application/json"
    body = b"" if document is None else json.dumps(document).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=status, body=body, content_type=media_type, headers=named)

    return answer


async def hangs(request: web.Request) -> web.StreamResponse:
    """Never answer."""
    await asyncio.Event().wait()
    raise AssertionError


async def breaks(request: web.Request) -> web.StreamResponse:
    """Take the request and close the connection."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


class Upstream:
    """A service that writes down what it is asked; behaviours are used up, the last one stays."""

    def __init__(self, *behaviours: Behaviour) -> None:
        self.behaviours = list(behaviours)
        self.requests: list[web.Request] = []
        self.bodies: list[bytes] = []
        self.asked = asyncio.Event()
        self.port = 0
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Listen, on the same port as before if it was started before."""
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.01)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(request)
        self.asked.set()
        self.bodies.append(await request.read())
        behave = self.behaviours[0] if len(self.behaviours) == 1 else self.behaviours.pop(0)
        return await behave(request)


UpstreamOf = Callable[..., Awaitable[Upstream]]


@pytest.fixture
async def upstream_of() -> AsyncIterator[UpstreamOf]:
    """Start services with the given behaviours."""
    async with AsyncExitStack() as stack:

        async def start(*behaviours: Behaviour) -> Upstream:
            upstream = Upstream(*behaviours)
            await upstream.start()
            stack.push_async_callback(upstream.stop)
            return upstream

        yield start


@pytest.fixture
def client_settings() -> dict[str, str]:
    """All have defaults."""
    return {}
