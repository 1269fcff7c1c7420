"""fakepay as a process of its own, and the adapter that talks to it."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from order_service.chassis.tracing import Tracing, TracingSettings
from order_service.provider import ProviderEvent, Stripe
from order_service.settings import PaymentSettings

from dev.ports import free_port
from tests.fakepay.fixtures import Door

API_KEY = "sk_of_this_test_alone"
SECRET = "whsec_of_this_test_alone"
ROOT = Path(__file__).parents[2]


class Shop:
    """The door of a shop, with the adapter that reads what arrives there."""

    def __init__(self, door: Door, provider: Stripe, fakepay: aiohttp.ClientSession) -> None:
        self.door = door
        self.provider = provider
        self.fakepay = fakepay

    async def told(self, kind: str, about: str, times: int = 1) -> list[ProviderEvent]:
        """All events of this type about this intent, once there are so many."""
        async with asyncio.timeout(10), self.door.news:
            await self.door.news.wait_for(lambda: len(self._of(kind, about)) >= times)
        return self._of(kind, about)

    def order_of(self, about: str) -> list[str]:
        """The types of the events about this intent, as they came."""
        told = [event for event in self.door.told if event["data"]["object"]["id"] == about]
        return [event["type"] for event in told]

    def _of(self, kind: str, about: str) -> list[ProviderEvent]:
        read = [
            self.provider.parse_webhook({"Stripe-Signature": signature}, raw)
            for signature, raw in self.door.signatures
            if f'"id":"{about}"'.encode() in raw
        ]
        return [event for event in read if event.type == kind]


@pytest.fixture(scope="module")
async def module_door() -> AsyncIterator[Door]:
    door = Door()
    app = web.Application()
    app.router.add_post("/webhooks", door.take)
    async with TestServer(app) as server:
        door.url = str(server.make_url("/webhooks"))
        yield door


@pytest.fixture(scope="module")
def fakepay_url(module_door: Door) -> Iterator[str]:
    """A running fakepay that settles at once, and hangs for two seconds instead of thirty."""
    port = free_port()
    told = {
        "FAKEPAY_PORT": str(port),
        "FAKEPAY_API_KEY": API_KEY,
        "FAKEPAY_WEBHOOK_URL": module_door.url,
        "FAKEPAY_WEBHOOK_SECRET": SECRET,
        "FAKEPAY_SETTLE_SECONDS": "0",
        "FAKEPAY_HANG_SECONDS": "2",
    }
    command = [sys.executable, "-m", "tests.fakepay"]
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **told})
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.wait(10)


ProviderOf = Callable[..., Stripe]


@pytest.fixture
def provider_of(bare_environment: pytest.MonkeyPatch) -> ProviderOf:
    """Make adapters of this URL, with these further settings."""

    def make(url: str, **settings: str) -> Stripe:
        bare_environment.setenv("PAYMENTS_URL", url)
        bare_environment.setenv("PAYMENTS_API_KEY", API_KEY)
        bare_environment.setenv("PAYMENTS_WEBHOOK_SECRETS", SECRET)
        for name, value in settings.items():
            bare_environment.setenv(f"PAYMENTS_{name.upper()}", value)
        return Stripe(PaymentSettings(), Tracing("order-service", "test", TracingSettings()))

    return make


@pytest.fixture
async def shop(fakepay_url: str, module_door: Door, provider_of: ProviderOf) -> AsyncIterator[Shop]:
    async with AsyncExitStack() as stack:
        fakepay = await stack.enter_async_context(aiohttp.ClientSession(fakepay_url))
        await _ready(fakepay)
        provider = await stack.enter_async_context(provider_of(fakepay_url))
        yield Shop(module_door, provider, fakepay)


async def _ready(fakepay: aiohttp.ClientSession) -> None:
    async with asyncio.timeout(20):
        while True:
            try:
                async with fakepay.get("/health"):
                    return
            except aiohttp.ClientConnectorError:
                await asyncio.sleep(0.02)
