"""The handshake of a WebSocket is judged before it is forwarded."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from httpx import AsyncClient

from tests.chassis.fixtures_auth import token
from tests.fixtures import Serve
from tests.handshakes import SWITCHED, handshake
from tests.registry import FakeRegistry
from tests.upstreams import Upstreams, head
from tests.wire import connected

Shake = Callable[..., Awaitable[bytes]]


@pytest.fixture
async def heard(upstreams: Upstreams, registry: FakeRegistry) -> list[bytes]:
    """The heads that reach a service which meets every WebSocket."""
    heads: list[bytes] = []

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await head(reader))
        writer.write(SWITCHED)
        await reader.read()

    registry.publish("live", await upstreams.start_raw(meet), websocket=True)
    return heads


async def shake(client: AsyncClient, target: str, *lines: str) -> bytes:
    """The status line of the answer to this handshake."""
    async with connected(client) as (reader, writer), asyncio.timeout(10):
        writer.write(handshake(target, *lines))
        return (await reader.readline()).strip()


async def test_a_good_token_in_the_query_opens_it(heard: list[bytes], serve: Serve) -> None:
    client = await serve()

    status = await shake(client, f"/ws/live?access_token={token()}")

    assert status.startswith(b"HTTP/1.1 101")
    assert heard[0].startswith(b"GET /v1/ws?access_token=")
    assert b"x-user-id: alice" in heard[0].lower()


async def test_without_a_token_the_service_decides(heard: list[bytes], serve: Serve) -> None:
    client = await serve()

    assert (await shake(client, "/ws/live")).startswith(b"HTTP/1.1 101")


@pytest.mark.parametrize(
    "line",
    ["Authorization: Bearer nonsense", "Sec-WebSocket-Protocol: chat, bearer.nonsense"],
)
async def test_a_bad_token_is_refused_before_it_reaches_the_service(
    heard: list[bytes], serve: Serve, line: str
) -> None:
    client = await serve()

    assert (await shake(client, "/ws/live", line)).startswith(b"HTTP/1.1 401")
    assert (await shake(client, "/ws/live?access_token=nonsense")).startswith(b"HTTP/1.1 401")
    assert heard == []


async def test_a_page_of_another_origin_cannot_use_a_token_of_the_query(
    heard: list[bytes], serve: Serve
) -> None:
    client = await serve(CORS_ORIGINS="https://shop.example")
    target = f"/ws/live?access_token={token()}"

    evil = await shake(client, target, "Origin: https://evil.example")
    named = await shake(client, target, "Origin: https://shop.example")
    own = await shake(client, target, "Origin: http://shop.example")

    assert evil.startswith(b"HTTP/1.1 403")
    assert named.startswith(b"HTTP/1.1 101")
    assert own.startswith(b"HTTP/1.1 101")


async def test_a_page_of_another_origin_cannot_use_the_cookie_of_its_visitor(
    heard: list[bytes], serve: Serve
) -> None:
    client = await serve(CORS_ORIGINS="https://shop.example")
    cookie, origin = "Cookie: session=7", "Origin: https://evil.example"

    evil = await shake(client, "/ws/live", cookie, origin)
    named = await shake(client, "/ws/live", cookie, "Origin: https://shop.example")
    without = await shake(client, "/ws/live", origin)

    assert evil.startswith(b"HTTP/1.1 403")
    assert named.startswith(b"HTTP/1.1 101")
    assert without.startswith(b"HTTP/1.1 101")
    assert len(heard) == 2


async def test_a_place_for_websockets_is_for_nothing_else(
    heard: list[bytes], orders: object, serve: Serve
) -> None:
    client = await serve()

    assert (await client.get("/ws/live")).status_code == 426
    assert (await client.get("/ws/orders")).status_code == 404
