"""An open tunnel lasts as long as its token, and no change of the routes touches it."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from httpx import AsyncClient

from tests.chassis.fixtures_auth import token
from tests.fixtures import Serve
from tests.handshakes import SWITCHED, handshake
from tests.registry import FakeRegistry
from tests.upstreams import Upstream, Upstreams, head
from tests.wire import Connection, connected

CLOSED = b"\x88"  # the first byte of a close frame


@pytest.fixture
async def echo(upstreams: Upstreams, registry: FakeRegistry) -> str:
    """The URL of a service that meets every WebSocket, and sends back whatever comes."""

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head(reader)
        writer.write(SWITCHED)
        while said := await reader.read(65536):
            writer.write(said)

    url = await upstreams.start_raw(meet)
    registry.publish("live", url, websocket=True)
    return url


@asynccontextmanager
async def tunnel(client: AsyncClient, sent: str) -> AsyncIterator[Connection]:
    """A WebSocket that this token opened."""
    async with connected(client) as (reader, writer), asyncio.timeout(20):
        writer.write(handshake("/ws/live", f"Authorization: Bearer {sent}"))
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101 ")
        yield reader, writer


async def test_it_is_closed_when_its_token_expires(echo: str, serve: Serve) -> None:
    client = await serve(AUTH_LEEWAY_SECONDS=0)
    expires = int(time.time()) + 2

    async with tunnel(client, token(exp=expires)) as (reader, _):
        last = await reader.read()

    assert last.startswith(CLOSED)
    assert time.time() >= expires


async def test_no_change_of_the_routes_touches_it(
    echo: str, orders: Upstream, registry: FakeRegistry, serve: Serve
) -> None:
    client = await serve(REGISTRY_POLL_SECONDS="0.02")
    async with tunnel(client, token()) as (reader, writer):
        for number in range(50):
            registry.publish(f"other-{number}", echo)
            registry.services["live"][0]["metadata"]["weight"] = number + 2
            assert (await client.get("/api/v1/orders")).status_code == 200
            writer.write(b"%04d" % number)
            assert await reader.readexactly(4) == b"%04d" % number
        del registry.services["live"]
        assert await _status(client, "/ws/live") == 404

        writer.write(b"still there")
        assert await reader.readexactly(11) == b"still there"


async def _status(client: AsyncClient, target: str) -> int:
    """The answer once it is another than before."""
    while (status := (await client.get(target)).status_code) == 426:
        continue
    return status
