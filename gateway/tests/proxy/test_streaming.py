import asyncio
import tracemalloc
from collections.abc import AsyncIterator, Iterator

import pytest
from aiohttp import web

from tests.fixtures import Serve
from tests.upstreams import Upstream

MIB = 1024 * 1024
CHUNK = b"x" * 65536
WHOLE = 32 * MIB
MOST_IN_MEMORY = 12 * MIB  # with the buffers of the client and the service, which live here too


@pytest.fixture
def memory() -> Iterator[None]:
    tracemalloc.start()
    yield
    tracemalloc.stop()


async def chunks() -> AsyncIterator[bytes]:
    for _ in range(WHOLE // len(CHUNK)):
        yield CHUNK


def grown_at_most() -> int:
    """By how many bytes the memory had grown at its peak since it was last reset."""
    _, peak = tracemalloc.get_traced_memory()
    return peak


async def test_a_large_body_does_not_sit_in_memory(
    orders: Upstream, serve: Serve, memory: None
) -> None:
    async def count(request: web.Request) -> web.StreamResponse:
        sizes = [len(chunk) async for chunk in request.content.iter_any()]
        return web.Response(text=str(sum(sizes)))

    orders.answer = count
    client = await serve(BODY_LIMIT_BYTES=2 * WHOLE)
    before, _ = tracemalloc.get_traced_memory()
    tracemalloc.reset_peak()

    answered = await client.post("/api/v1/orders", content=chunks())

    assert answered.text == str(WHOLE)
    assert grown_at_most() - before < MOST_IN_MEMORY


async def test_a_large_answer_does_not_sit_in_memory(
    orders: Upstream, serve: Serve, memory: None
) -> None:
    async def pour(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        async for chunk in chunks():
            await response.write(chunk)
        return response

    orders.answer = pour
    client = await serve()
    before, _ = tracemalloc.get_traced_memory()
    tracemalloc.reset_peak()

    async with client.stream("GET", "/api/v1/orders") as answered:
        sizes = [len(chunk) async for chunk in answered.aiter_raw()]

    assert sum(sizes) == WHOLE
    assert grown_at_most() - before < MOST_IN_MEMORY


async def test_the_first_chunk_of_a_body_arrives_before_the_last_is_sent(
    orders: Upstream, serve: Serve
) -> None:
    arrived = asyncio.Event()

    async def note_the_first(request: web.Request) -> web.StreamResponse:
        first = await request.content.readany()
        arrived.set()
        return web.Response(body=first + await request.content.read())

    async def wait_in_between() -> AsyncIterator[bytes]:
        yield b"first "
        async with asyncio.timeout(10):
            await arrived.wait()
        yield b"last"

    orders.answer = note_the_first
    client = await serve()

    answered = await client.post("/api/v1/orders", content=wait_in_between())

    assert answered.text == "first last"


async def test_the_first_chunk_of_an_answer_arrives_before_the_last_is_sent(
    orders: Upstream, serve: Serve
) -> None:
    arrived = asyncio.Event()

    async def wait_in_between(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"first ")
        async with asyncio.timeout(10):
            await arrived.wait()
        await response.write(b"last")
        return response

    orders.answer = wait_in_between
    client = await serve()

    async with client.stream("GET", "/api/v1/orders") as answered:
        received = answered.aiter_raw()
        first = await anext(received)
        arrived.set()
        last = await anext(received)

    assert (first, last) == (b"first ", b"last")


async def test_a_client_that_does_not_read_holds_the_service_back(
    orders: Upstream, serve: Serve
) -> None:
    poured = 0
    stuck = asyncio.Event()

    async def pour(request: web.Request) -> web.StreamResponse:
        nonlocal poured
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(16 * WHOLE // len(CHUNK)):
            try:
                async with asyncio.timeout(0.5):
                    await response.write(CHUNK)
            except TimeoutError:
                stuck.set()
                raise
            poured += len(CHUNK)
        return response

    orders.answer = pour
    client = await serve()

    async with client.stream("GET", "/api/v1/orders"), asyncio.timeout(30):
        await stuck.wait()

    assert poured < 2 * WHOLE


async def test_a_client_that_reads_late_gets_all_the_same(orders: Upstream, serve: Serve) -> None:
    stuck = asyncio.Event()

    async def pour(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(4 * WHOLE // len(CHUNK)):
            blocked = asyncio.get_running_loop().call_later(0.5, stuck.set)
            await response.write(CHUNK)
            blocked.cancel()
        return response

    orders.answer = pour
    client = await serve(UPSTREAM_IDLE_SECONDS=0.1)

    async with client.stream("GET", "/api/v1/orders") as answered, asyncio.timeout(30):
        await stuck.wait()
        sizes = [len(chunk) async for chunk in answered.aiter_raw()]

    assert sum(sizes) == 4 * WHOLE
