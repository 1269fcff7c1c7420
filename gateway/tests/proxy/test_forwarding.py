import gzip
import json
from typing import Any

import pytest
from aiohttp import web
from httpx import AsyncClient

from tests.fixtures import Serve
from tests.registry import FakeRegistry
from tests.upstreams import Upstream, Upstreams
from tests.wire import get


def answering(status: int = 200, body: bytes = b"", **headers: str) -> Any:  # Any: a handler
    async def answer(request: web.Request) -> web.StreamResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.Response(status=status, body=body, headers=named)

    return answer


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
async def test_a_request_reaches_the_owner_of_its_path(
    orders: Upstream, client: AsyncClient, method: str
) -> None:
    answered = await client.request(method, "/api/v1/orders/7")

    assert answered.status_code == 200
    assert answered.text == "noted"
    assert [(one.method, one.target) for one in orders.seen] == [(method, "/v1/orders/7")]


async def test_the_body_is_forwarded_both_ways(orders: Upstream, client: AsyncClient) -> None:
    async def echo(request: web.Request) -> web.StreamResponse:
        return web.Response(status=201, body=await request.read())

    orders.answer = echo

    answered = await client.post("/api/v1/orders", content=b"\x00\xff body")

    assert answered.status_code == 201
    assert answered.content == b"\x00\xff body"


async def test_a_body_of_known_length_stays_one(orders: Upstream, client: AsyncClient) -> None:
    await client.post("/api/v1/orders", content=b"12345")

    assert orders.seen[0].header("content-length") == "5"
    assert orders.seen[0].header("transfer-encoding") is None
    assert orders.seen[0].body == b"12345"


async def test_a_chunked_body_arrives_whole(orders: Upstream, client: AsyncClient) -> None:
    async def chunks() -> Any:  # Any: an async generator
        yield b"123"
        yield b"45"

    await client.post("/api/v1/orders", content=chunks())

    assert orders.seen[0].header("transfer-encoding") == "chunked"
    assert orders.seen[0].body == b"12345"


@pytest.mark.parametrize(
    "target",
    [
        b"/v1/orders",
        b"/v1/orders/",
        b"/v1/orders/%C3%A9+b~(c)&d=1",
        b"/v1/orders?a=1&a=2&b",
        b"/v1/orders?q=%2F%2e%2E/../x%00+y&&",
        b"/v1/orders/%252e%252e",
    ],
)
async def test_path_and_query_are_forwarded_byte_for_byte(
    registry: FakeRegistry, upstreams: Upstreams, serve: Serve, target: bytes
) -> None:
    seen: list[bytes] = []

    async def script(reader: Any, writer: Any) -> None:  # Any: asyncio's streams
        seen.append((await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")[0])
        writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")

    registry.publish("orders", await upstreams.start_raw(script))

    await get(await serve(), b"/api" + target)

    assert seen == [b"GET " + target + b" HTTP/1.1"]


async def test_the_status_and_the_body_of_the_service_are_kept(
    orders: Upstream, client: AsyncClient
) -> None:
    problem = {"type": "/problems/conflict", "title": "Conflict", "status": 409, "code": "taken"}
    orders.answer = answering(
        409, json.dumps(problem).encode(), content_type="application/problem+json"
    )

    answered = await client.post("/api/v1/orders")

    assert answered.status_code == 409
    assert answered.headers["content-type"] == "application/problem+json"
    assert answered.json() == problem


async def test_a_compressed_answer_stays_compressed(orders: Upstream, client: AsyncClient) -> None:
    packed = gzip.compress(b"unpacked")
    orders.answer = answering(200, packed, content_encoding="gzip")

    async with client.stream("GET", "/api/v1/orders") as answered:
        raw = b"".join([chunk async for chunk in answered.aiter_raw()])

    assert raw == packed
    assert answered.headers["content-length"] == str(len(packed))


async def test_a_redirect_is_the_clients_to_follow(orders: Upstream, client: AsyncClient) -> None:
    orders.answer = answering(302, location="https://elsewhere.example/x")

    answered = await client.get("/api/v1/orders")

    assert answered.status_code == 302
    assert answered.headers["location"] == "https://elsewhere.example/x"


async def test_an_answer_to_head_has_the_length_and_no_body(
    orders: Upstream, client: AsyncClient
) -> None:
    orders.answer = answering(200, b"12345")

    answered = await client.head("/api/v1/orders")

    assert answered.headers["content-length"] == "5"
    assert answered.content == b""


@pytest.mark.parametrize("status", [204, 304])
async def test_an_answer_without_a_body_has_none(
    orders: Upstream, client: AsyncClient, status: int
) -> None:
    orders.answer = answering(status, etag='"1"')

    answered = await client.get("/api/v1/orders")
    again = await client.get("/api/v1/orders")

    assert (answered.status_code, answered.content) == (status, b"")
    assert answered.headers["etag"] == '"1"'
    assert again.status_code == status


async def test_a_cookie_of_one_client_does_not_reach_the_service_with_another(
    upstreams: Upstreams, registry: FakeRegistry, serve: Serve
) -> None:
    upstream = await upstreams.start(answering(200, set_cookie="session=ours"))
    registry.publish("orders", upstream.url.replace("127.0.0.1", "localhost"))
    client = await serve()
    await client.get("/api/v1/orders")
    client.cookies.clear()

    upstream.answer = upstream.note
    await client.get("/api/v1/orders")

    assert upstream.seen[0].header("cookie") is None


async def test_other_paths_are_the_gateways_own(orders: Upstream, client: AsyncClient) -> None:
    live = await client.get("/health/live")
    unknown = await client.get("/apix/v1/orders")

    assert live.json() == {"status": "ok"}
    assert unknown.json()["code"] == "not-found"
    assert orders.seen == []


async def test_a_request_is_counted_by_the_prefix_that_matched(
    orders: Upstream, client: AsyncClient
) -> None:
    await client.get("/api/v1/orders/7")

    metrics = (await client.get("/metrics")).text

    assert 'http_requests_total{method="GET",route="/api/v1/orders",status="200"} 1.0' in metrics


async def test_a_path_that_no_service_owns_is_not_found(
    orders: Upstream, client: AsyncClient
) -> None:
    unknown = await client.get("/api/v1/ordersx")

    assert unknown.status_code == 404
    assert unknown.headers["content-type"] == "application/problem+json"
    assert unknown.json()["code"] == "no-route"
    assert orders.seen == []


async def test_a_method_that_the_service_did_not_publish_is_not_allowed(
    upstreams: Upstreams, registry: FakeRegistry, serve: Serve
) -> None:
    upstream = await upstreams.start()
    registry.publish("orders", upstream.url, methods=("GET", "POST"))
    client = await serve()

    refused = await client.delete("/api/v1/orders")

    assert refused.status_code == 405
    assert refused.headers["allow"] == "GET, HEAD, POST"
    assert upstream.seen == []
