"""The gateway of a test, with a registry and services around it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest
from httpx import AsyncClient

from gateway import app
from gateway.chassis.application import Application

from tests.chassis.fixtures_service import client_for
from tests.registry import FakeRegistry
from tests.upstreams import Upstream, Upstreams

Serve = Callable[..., Awaitable[AsyncClient]]


@pytest.fixture
async def registry() -> AsyncIterator[FakeRegistry]:
    registry = FakeRegistry()
    await registry.start()
    yield registry
    await registry.stop()


@pytest.fixture
async def upstreams() -> AsyncIterator[Upstreams]:
    upstreams = Upstreams()
    yield upstreams
    await upstreams.stop()


@pytest.fixture
async def orders(upstreams: Upstreams, registry: FakeRegistry) -> Upstream:
    """The service that owns /v1/orders, with one instance."""
    upstream = await upstreams.start()
    registry.publish("orders", upstream.url)
    return upstream


@pytest.fixture
def create_app(
    environment: pytest.MonkeyPatch, registry: FakeRegistry
) -> Callable[[], Application]:
    """The gateway beside a registry of the test, which it asks every 20 ms."""
    environment.setenv("REGISTRY_URL", registry.url)
    environment.setenv("REGISTRY_POLL_SECONDS", "0.02")
    environment.setenv("DOCUMENTS_GATHER_SECONDS", "3600")  # nobody else asks the services
    return app.create_app


@pytest.fixture
async def serve(
    create_app: Callable[[], Application], bare_environment: pytest.MonkeyPatch
) -> AsyncIterator[Serve]:
    """Start the gateway once all is published, with these settings; the answer is a client."""
    async with AsyncExitStack() as stack:

        async def start(**settings: object) -> AsyncClient:
            for name, value in settings.items():
                bare_environment.setenv(name, str(value))
            return await stack.enter_async_context(client_for(create_app()))

        yield start
