import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator

import httpx
import pytest
from aiohttp import web
from httpx import AsyncClient, Response

from tests.fixtures import Serve
from tests.registry import FakeRegistry
from tests.upstreams import Script, Upstream, Upstreams, answering, head, nobody, silence
from tests.waiting import eventually
from tests.wire import connected, exchange

PARTIAL = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345"


async def hang_up(reader: StreamReader, writer: StreamWriter) -> None:
    """Read the head of a request, and close."""
    await head(reader)


def assert_problem(answered: Response, status: int, code: str) -> None:
    assert answered.status_code == status
    assert answered.headers["content-type"] == "application/problem+json"
    assert answered.json()["code"] == code
    assert "127.0.0.1" not in answered.text


@pytest.mark.parametrize(
    "garbage",
    [
        b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 40_000 + b"\r\n\r\n",
        b"HTTP/1.1 999 What\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Le",
    ],
)
async def test_garbage_is_a_bad_gateway(
    upstreams: Upstreams, registry: FakeRegistry, serve: Serve, garbage: bytes
) -> None:
    registry.publish("orders", await upstreams.start_raw(answering(garbage)))
    client = await serve()

    assert_problem(await client.get("/api/v1/orders"), 502, "bad-gateway")


async def test_a_connection_closed_without_an_answer_is_a_bad_gateway(
    upstreams: Upstreams, registry: FakeRegistry, serve: Serve
) -> None:
    registry.publish("orders", await upstreams.start_raw(hang_up))
    client = await serve()

    assert_problem(await client.post("/api/v1/orders"), 502, "bad-gateway")


async def test_refused_connections_are_no_healthy_instance(
    registry: FakeRegistry, serve: Serve
) -> None:
    registry.publish("orders", nobody())
    registry.publish("orders", nobody())
    client = await serve()

    refused = await client.get("/api/v1/orders")

    assert_problem(refused, 503, "no-healthy-instance")
    assert refused.headers["retry-after"] == "1"


async def test_a_known_service_that_is_out_of_traffic_is_unavailable(
    upstreams: Upstreams, registry: FakeRegistry, serve: Serve
) -> None:
    upstream = await upstreams.start()
    registry.publish("orders", upstream.url, state="unhealthy")
    client = await serve()

    refused = await client.get("/api/v1/orders")

    assert_problem(refused, 503, "no-healthy-instance")
    assert refused.headers["retry-after"] == "1"
    assert upstream.seen == []


async def test_an_instance_out_of_traffic_is_not_picked(
    upstreams: Upstreams, registry: FakeRegistry, serve: Serve
) -> None:
    up, down = await upstreams.start(), await upstreams.start()
    registry.publish("orders", down.url, state="unhealthy")
    registry.publish("orders", up.url)

    await statuses_of(await serve(), "GET", 10)

    assert (len(up.seen), len(down.seen)) == (10, 0)


async def test_a_service_that_is_silent_for_too_long_is_a_timeout(
    upstreams: Upstreams, registry: FakeRegistry, serve: Serve
) -> None:
    registry.publish("orders", await upstreams.start_raw(silence))
    client = await serve(UPSTREAM_FIRST_BYTE_SECONDS=0.1)

    assert_problem(await client.get("/api/v1/orders"), 504, "upstream-timeout")


async def test_an_exchange_that_lasts_longer_than_it_may_in_all_is_a_timeout(
    upstreams: Upstreams, registry: FakeRegistry, serve: Serve
) -> None:
    registry.publish("orders", await upstreams.start_raw(silence))
    client = await serve(UPSTREAM_TOTAL_SECONDS=0.1)

    assert_problem(await client.get("/api/v1/orders"), 504, "upstream-timeout")


async def test_one_request_more_than_an_instance_may_have_is_refused(
    orders: Upstream, serve: Serve
) -> None:
    asked, answered = asyncio.Event(), asyncio.Event()

    async def late(request: web.Request) -> web.StreamResponse:
        asked.set()
        await answered.wait()
        return web.Response()

    orders.answer = late
    client = await serve(UPSTREAM_CONNECTIONS=1)
    under_way = asyncio.create_task(client.get("/api/v1/orders"))
    await asked.wait()

    assert_problem(await client.get("/api/v1/orders"), 503, "too-busy")
    answered.set()
    assert (await under_way).status_code == 200


async def test_a_slow_upload_does_not_use_up_the_time_for_the_answer(
    orders: Upstream, serve: Serve
) -> None:
    client = await serve(UPSTREAM_FIRST_BYTE_SECONDS=0.2)
    moment = asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        for _ in range(5):
            asyncio.get_running_loop().call_later(0.1, moment.set)
            await moment.wait()
            moment.clear()
            yield b"x"

    answered = await client.post("/api/v1/orders", content=slowly())

    assert answered.status_code == 200
    assert orders.seen[0].body == b"xxxxx"


async def test_a_client_that_stops_in_its_body_is_a_request_timeout(
    orders: Upstream, serve: Serve
) -> None:
    client = await serve(UPSTREAM_IDLE_SECONDS=0.1)

    async with connected(client) as (reader, writer), asyncio.timeout(10):
        writer.write(b"POST /api/v1/orders HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n1234")
        answered = await reader.readuntil(b"\r\n\r\n")

    assert answered.startswith(b"HTTP/1.1 408 ")


async def test_a_service_that_takes_no_body_is_a_timeout(
    upstreams: Upstreams, registry: FakeRegistry, serve: Serve
) -> None:
    registry.publish("orders", await upstreams.start_raw(silence))
    client = await serve(UPSTREAM_IDLE_SECONDS=0.2, BODY_LIMIT_BYTES=2**30)

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(1024):
            yield b"x" * 65536

    assert_problem(await client.post("/api/v1/orders", content=endless()), 504, "upstream-timeout")


async def test_a_body_over_the_limit_is_refused_as_such(orders: Upstream, serve: Serve) -> None:
    client = await serve(BODY_LIMIT_BYTES=1000)

    assert_problem(await client.post("/api/v1/orders", content=b"x" * 1001), 413, "body-too-large")
    assert orders.seen == []


async def read_to_the_end(client: AsyncClient) -> bytes:
    return await exchange(client, b"GET /api/v1/orders HTTP/1.1\r\nHost: x\r\n\r\n")


async def test_a_service_that_dies_in_its_answer_cuts_the_connection(
    upstreams: Upstreams, registry: FakeRegistry, serve: Serve
) -> None:
    registry.publish("orders", await upstreams.start_raw(answering(PARTIAL)))
    client = await serve()

    answered = await read_to_the_end(client)

    assert answered.count(b"HTTP/1.1") == 1
    assert answered.endswith(b"\r\n\r\n12345")
    with pytest.raises(httpx.RemoteProtocolError):
        await client.get("/api/v1/orders")


async def test_a_chunked_answer_that_breaks_off_does_not_seem_complete(
    upstreams: Upstreams, registry: FakeRegistry, serve: Serve
) -> None:
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n"
    registry.publish("orders", await upstreams.start_raw(answering(chunked)))

    answered = await read_to_the_end(await serve())

    assert answered.endswith(b"5\r\n12345\r\n")


async def test_a_service_that_stops_in_its_answer_cuts_the_connection(
    upstreams: Upstreams, registry: FakeRegistry, serve: Serve
) -> None:
    async def stop(reader: StreamReader, writer: StreamWriter) -> None:
        writer.write(PARTIAL)
        await silence(reader, writer)

    registry.publish("orders", await upstreams.start_raw(stop))

    answered = await read_to_the_end(await serve(UPSTREAM_IDLE_SECONDS=0.1))

    assert answered.endswith(b"\r\n\r\n12345")


async def counted(upstreams: Upstreams, script: Script) -> tuple[str, list[bytes]]:
    """An instance that follows the script, and the heads of the requests that it was sent."""
    heads: list[bytes] = []

    async def counting(reader: StreamReader, writer: StreamWriter) -> None:
        heads.append(await head(reader))
        await script(reader, writer)

    return await upstreams.start_raw(counting), heads


async def closed(reader: StreamReader, writer: StreamWriter) -> None:
    """Close at once."""


async def statuses_of(
    client: AsyncClient, method: str, count: int = 20, content: bytes = b""
) -> set[int]:
    """What so many requests are answered; with 20, the balancer has chosen each of two first."""
    answers = [
        await client.request(method, "/api/v1/orders", content=content) for _ in range(count)
    ]
    return {answered.status_code for answered in answers}


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_where_no_connection_can_be_made_another_instance_answers(
    orders: Upstream, registry: FakeRegistry, serve: Serve, method: str
) -> None:
    registry.publish("orders", nobody())
    client = await serve()

    assert await statuses_of(client, method, content=b"x" * 9) == {200}
    assert {one.body for one in orders.seen} == {b"x" * 9}
    assert len(orders.seen) == 20


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_an_idempotent_request_without_an_answer_is_sent_to_another_instance(
    orders: Upstream, registry: FakeRegistry, upstreams: Upstreams, serve: Serve, method: str
) -> None:
    url, heads = await counted(upstreams, closed)
    registry.publish("orders", url)

    assert await statuses_of(await serve(), method) == {200}
    assert len(orders.seen) == 20
    assert heads


@pytest.mark.parametrize(("method", "content"), [("POST", b""), ("PUT", b"x"), ("PATCH", b"")])
async def test_what_may_have_been_done_is_never_sent_again(
    upstreams: Upstreams, registry: FakeRegistry, serve: Serve, method: str, content: bytes
) -> None:
    (one, one_heads), (other, other_heads) = [await counted(upstreams, closed) for _ in range(2)]
    registry.publish("orders", one)
    registry.publish("orders", other)

    statuses = await statuses_of(await serve(), method, 10, content)

    assert statuses == {502}
    assert len(one_heads) + len(other_heads) == 10


async def test_a_request_is_sent_twice_at_most(
    upstreams: Upstreams, registry: FakeRegistry, serve: Serve
) -> None:
    instances = [await counted(upstreams, closed) for _ in range(3)]
    registry.publish("orders", instances[0][0])
    registry.publish("orders", instances[1][0])
    registry.publish("orders", instances[2][0])

    answered = await (await serve()).get("/api/v1/orders")

    assert answered.status_code == 502
    assert sorted(len(heads) for _, heads in instances) == [0, 1, 1]


async def test_a_lone_instance_is_asked_once(
    upstreams: Upstreams, registry: FakeRegistry, serve: Serve
) -> None:
    url, heads = await counted(upstreams, closed)
    registry.publish("orders", url)

    await (await serve()).get("/api/v1/orders")

    assert len(heads) == 1


async def test_a_client_that_leaves_takes_its_request_along(
    upstreams: Upstreams, registry: FakeRegistry, serve: Serve
) -> None:
    asked, left = asyncio.Event(), asyncio.Event()

    async def wait_for_the_end(reader: StreamReader, writer: StreamWriter) -> None:
        await head(reader)
        asked.set()
        await reader.read()
        left.set()

    registry.publish("orders", await upstreams.start_raw(wait_for_the_end))
    client = await serve()

    async with connected(client) as (_, writer), asyncio.timeout(10):
        writer.write(b"GET /api/v1/orders HTTP/1.1\r\nHost: x\r\n\r\n")
        await asked.wait()

    async with asyncio.timeout(10):
        await left.wait()

    async def metrics() -> str:
        return (await client.get("/metrics")).text

    await eventually(metrics, lambda text: 'route="/api/v1/orders",status="499"} 1.0' in text)


async def test_an_answer_before_the_end_of_the_body_is_passed_on_at_once(
    upstreams: Upstreams, registry: FakeRegistry, serve: Serve
) -> None:
    refused = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno"
    registry.publish("orders", await upstreams.start_raw(answering(refused)))
    client = await serve()

    async with connected(client) as (reader, writer), asyncio.timeout(10):
        writer.write(b"POST /api/v1/orders HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n1234")
        answered = await reader.readuntil(b"no")

    assert answered.startswith(b"HTTP/1.1 401 ")


async def test_a_connection_with_half_a_body_on_it_is_not_used_again(
    upstreams: Upstreams, registry: FakeRegistry, serve: Serve
) -> None:
    first_lines: list[bytes] = []

    async def refuse(reader: StreamReader, writer: StreamWriter) -> None:
        while line := (await head(reader)).split(b"\r\n")[0]:
            first_lines.append(line)
            writer.write(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno")

    registry.publish("orders", await upstreams.start_raw(refuse))
    client = await serve()
    async with connected(client) as (reader, writer), asyncio.timeout(10):
        writer.write(b"POST /api/v1/orders HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n1234")
        await reader.readuntil(b"no")

    await client.get("/api/v1/orders/next")

    assert first_lines == [b"POST /v1/orders HTTP/1.1", b"GET /v1/orders/next HTTP/1.1"]


async def test_an_open_stream_does_not_keep_others_waiting(
    orders: Upstream, client: AsyncClient
) -> None:
    async def stream(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"first")
        await asyncio.Event().wait()
        return response

    orders.answer = stream
    async with client.stream("GET", "/api/v1/orders"):
        orders.answer = orders.note

        assert (await client.get("/api/v1/orders")).text == "noted"
