"""The running service with its neighbours and its payment provider, all on loopback."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack

import aiohttp
import asyncpg
import pytest
from aiohttp.test_utils import TestServer
from pydantic import SecretStr

from order_service.chassis.application import Application

from dev.ports import free_port
from tests.chassis.fixtures_auth import bearer, token
from tests.chassis.fixtures_service import client_for
from tests.fakepay.app import create_app as create_fakepay
from tests.fakepay.settings import FakepaySettings
from tests.neighbours import Neighbours
from tests.shop import Connections, Person, Shop, ShopOf

API_KEY, WEBHOOK_SECRET = "sk_of_the_tests_alone", "whsec_of_the_tests_alone"
EVERY_ROLE = ("admin", "customer", "service", "support", "warehouse")

# The outbox is emptied by the relay: what was put in it stays here.
_KEEP_PUBLISHED = """
CREATE TABLE published (LIKE outbox);
CREATE FUNCTION keep_published() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN INSERT INTO published SELECT NEW.*; RETURN NEW; END';
CREATE TRIGGER keep_published AFTER INSERT ON outbox
    FOR EACH ROW EXECUTE FUNCTION keep_published();
"""
# What is waited for in production is of no use to a test.
_QUICK = {
    "SAGA_FIRST_SECONDS": "0.05",
    "SAGA_LONGEST_SECONDS": "0.3",
    "SAGA_LOOK_SECONDS": "0.1",
    "SAGA_LEASE_SECONDS": "3",
    "CLIENT_ATTEMPTS": "1",
}


@pytest.fixture
def auth_headers() -> dict[str, str]:
    """What lets the chassis' tests in everywhere."""
    return bearer(token(sub=Person().id, roles=list(EVERY_ROLE)))


@pytest.fixture
def ada() -> Person:
    return Person()


@pytest.fixture
async def neighbours() -> AsyncIterator[Neighbours]:
    neighbours = Neighbours()
    async with neighbours.server:
        yield neighbours


@pytest.fixture
def port() -> int:
    """Where the service under test listens: the provider has to know."""
    return free_port()


@pytest.fixture
async def provider(port: int) -> AsyncIterator[aiohttp.ClientSession]:
    """A client of a provider that tells the service; it settles soon, and hangs only briefly."""
    settings = FakepaySettings(
        api_key=SecretStr(API_KEY),
        webhook_url=f"http://127.0.0.1:{port}/v1/webhooks/payments/fakepay",
        webhook_secret=SecretStr(WEBHOOK_SECRET),
        settle_seconds=0.02,
        hang_seconds=1.5,
        late_seconds=0.5,
    )
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(TestServer(create_fakepay(settings)))
        headers = {"authorization": f"Bearer {API_KEY}"}
        session = aiohttp.ClientSession(str(server.make_url("/")), headers=headers)
        yield await stack.enter_async_context(session)


@pytest.fixture
def shop_environment(
    environment: pytest.MonkeyPatch,
    neighbours: Neighbours,
    provider: aiohttp.ClientSession,
    port: int,
) -> pytest.MonkeyPatch:
    """The settings of a service that knows its neighbours and its provider."""
    told = {
        **_QUICK,
        "PORT": str(port),
        "CLIENT_TARGETS": neighbours.targets,
        "PAYMENTS_PROVIDER": "fakepay",
        "PAYMENTS_URL": str(provider._base_url).rstrip("/"),
        "PAYMENTS_API_KEY": API_KEY,
        "PAYMENTS_WEBHOOK_SECRETS": WEBHOOK_SECRET,
    }
    for name, value in told.items():
        environment.setenv(name, value)
    return environment


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Connections]:
    async with asyncpg.create_pool(database_url, min_size=1, max_size=4) as connections:
        await connections.execute(_KEEP_PUBLISHED)
        yield connections


@pytest.fixture
def shop_of(
    database: Connections, neighbours: Neighbours, provider: aiohttp.ClientSession
) -> ShopOf:
    """The shop around a service that is reached by this client."""
    return lambda http, app: Shop(http, app, database, neighbours, provider)


@pytest.fixture
async def shop(
    shop_environment: pytest.MonkeyPatch,
    create_app: Callable[[], Application],
    shop_of: ShopOf,
) -> AsyncIterator[Shop]:
    app = create_app()
    async with client_for(app) as http:
        yield shop_of(http, app)
