"""A running fakepay for a test, and a shop's door that keeps what it is told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr

from .app import create_app
from .settings import FakepaySettings

API_KEY, WEBHOOK_SECRET = "sk_test_key", "whsec_test"


@dataclass
class Door:
    """Where webhooks arrive: each is taken, unless some are to be refused first."""

    url: str = ""
    refusals: int = 0
    told: list[dict[str, Any]] = field(default_factory=list)  # Any: JSON
    signatures: list[tuple[str, bytes]] = field(default_factory=list)
    news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def take(self, request: web.Request) -> web.Response:
        if self.refusals:
            self.refusals -= 1
            return web.Response(status=503)
        self.signatures.append((request.headers["stripe-signature"], await request.read()))
        async with self.news:
            self.told.append(await request.json())
            self.news.notify_all()
        return web.Response()

    async def until(self, kind: str, times: int = 1) -> list[dict[str, Any]]:  # Any: JSON
        """The events of this type, once there are so many of them."""
        async with asyncio.timeout(10), self.news:
            await self.news.wait_for(lambda: len(self.of(kind)) >= times)
        return self.of(kind)

    def of(self, kind: str) -> list[dict[str, Any]]:  # Any: JSON
        return [event for event in self.told if event["type"] == kind]


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    door = Door()
    app = web.Application()
    app.router.add_post("/webhooks", door.take)
    async with TestServer(app) as server:
        door.url = str(server.make_url("/webhooks"))
        yield door


@pytest.fixture
async def fakepay(door: Door) -> AsyncIterator[aiohttp.ClientSession]:
    """A client of a provider that tells the door; it settles at once, and hangs only briefly."""
    settings = FakepaySettings(
        api_key=SecretStr(API_KEY),
        webhook_url=door.url,
        webhook_secret=SecretStr(WEBHOOK_SECRET),
        settle_seconds=0,
        hang_seconds=0.3,
        late_seconds=3600,
    )
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(TestServer(create_app(settings)))
        headers = {"authorization": f"Bearer {API_KEY}"}
        session = aiohttp.ClientSession(str(server.make_url("/")), headers=headers)
        yield await stack.enter_async_context(session)
