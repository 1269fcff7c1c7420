"""Services to call, on real sockets, that answer as they are told; and one that calls them."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any
from uuid import UUID

import httpx
import pytest
from aiohttp import web
from nexios.http import Request, Response
from pydantic import BaseModel

from order_service.chassis import client as feature
from order_service.chassis import health
from order_service.chassis.application import Application, Blueprint
from order_service.chassis.client import Client
from order_service.chassis.features import BLUEPRINT
from order_service.chassis.policy import PUBLIC
from order_service.chassis.routing import Router

from .fixtures_service import client_for

SHOE = {"id": "01890a5d-ac96-774b-bcce-b302099a8057", "name": "shoe"}
TAKEN = {"status": 409, "code": "sku-taken", "detail": "the SKU is taken at 10.1.1.1"}
TOO_MANY = "too many calls to stuck-service are under way"

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


class Product(BaseModel):
    id: UUID
    name: str


class Caller:
    """A running service that calls others, and how to reach it."""

    def __init__(self, app: Application, http: httpx.AsyncClient) -> None:
        client = app.resources[Client]
        assert isinstance(client, Client)
        self.app = app
        self.client = client
        self.http = http

    async def metric(self, line: str) -> float:
        """The value of the metric that this line begins with."""
        lines = (await self.http.get("/metrics")).text.splitlines()
        return float(next(one for one in lines if one.startswith(line + " ")).rpartition(" ")[2])


CallerOf = Callable[..., Awaitable[Caller]]


@pytest.fixture
async def caller_of(bare_environment: pytest.MonkeyPatch) -> AsyncIterator[CallerOf]:
    """Start a service whose product-service is at these upstreams, with these settings."""
    async with AsyncExitStack() as stack:

        async def start(*upstreams: Upstream, **settings: str) -> Caller:
            targets = ",".join(f"product-service={one.url}" for one in upstreams)
            for name, value in {"CLIENT_TARGETS": targets, **settings}.items():
                bare_environment.setenv(name, value)
            app = Application(Blueprint(BLUEPRINT.name, "test", [feature, health]))
            app.include(passing_on())
            return Caller(app, await stack.enter_async_context(client_for(app)))

        yield start


def passing_on() -> Router:
    router = Router(policy=PUBLIC)

    @router.get("/of/{service}")
    async def pass_on(request: Request, response: Response, service: str) -> Any:
        answer = await Client.of(request).get(service, "/v1/products")
        return {"status": answer.status}

    @router.get("/quick")
    async def quick(request: Request, response: Response) -> Any:
        return {}

    return router


@pytest.fixture
def client_settings() -> dict[str, str]:
    """All have defaults."""
    return {}
