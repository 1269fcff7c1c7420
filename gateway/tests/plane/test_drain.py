"""The end of a gateway: what is under way is finished, and nothing new begins."""

import asyncio

from tests.plane.doors import Door
from tests.plane.test_tunnels import HANDSHAKE, SWITCHED
from tests.waiting import until

GET = b"GET /api/x HTTP/1.1\r\nHost: shop.example\r\n\r\n"


async def test_while_it_drains_every_answer_says_that_the_connection_ends(protocol: Door) -> None:
    protocol.stopping = True

    answered = await protocol.send(GET)

    assert answered.startswith(b"HTTP/1.1 200 ")
    assert b"\r\nconnection: close\r\n" in answered


async def test_a_connection_without_a_request_is_closed(protocol: Door) -> None:
    async with protocol.connected() as (reader, writer):
        writer.write(GET)
        await reader.readuntil(b"\r\n\r\nok")

        protocol.stop()

        assert await reader.read() == b""


async def test_who_was_just_answered_is_answered_once_more(protocol: Door) -> None:
    async with protocol.connected() as (reader, writer):
        writer.write(GET)
        await reader.readuntil(b"\r\n\r\nok")

        protocol.stopping = True
        protocol.stop()
        writer.write(GET)

        last = await reader.read()

    assert last.startswith(b"HTTP/1.1 200 ")
    assert b"\r\nconnection: close\r\n" in last


async def test_a_request_under_way_is_answered(protocol: Door) -> None:
    waiting = asyncio.Event()
    protocol.recorder.before_answer = waiting
    async with protocol.connected() as (reader, writer):
        writer.write(GET)
        await until(lambda: protocol.recorder.requests)

        protocol.stopping = True
        protocol.stop()
        waiting.set()

        assert (await reader.read()).endswith(b"\r\n\r\nok")


async def test_a_connection_whose_last_answer_came_before_the_stop_ends_soon(
    protocol: Door,
) -> None:
    refused = b"POST /api/forbidden HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 5\r\n\r\n"
    async with protocol.connected() as (reader, writer):
        writer.write(refused)
        await reader.readuntil(b"\r\n\r\n{")

        protocol.stopping = True
        protocol.stop()
        writer.write(b"hello")

        assert (await reader.read()).endswith(b"}")


async def test_a_websocket_is_told_that_the_gateway_goes_away(protocol: Door) -> None:
    protocol.begin(SWITCHED)
    protocol.recorder.silent_after_answer = True
    async with protocol.connected() as (reader, writer):
        writer.write(HANDSHAKE)
        await reader.readuntil(b"\r\n\r\n")

        protocol.stop()

        assert await reader.read() == b"\x88\x02" + (1001).to_bytes(2)
