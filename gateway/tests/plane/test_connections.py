"""One connection of a client: requests one after the other, each judged on its own, and its end."""

import asyncio
import re

import pytest

from gateway.wire.contract import Limits

from tests.plane.doors import Door
from tests.waiting import until

HOST = b"Host: shop.example\r\n"
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


def get(target: bytes, *lines: bytes) -> bytes:
    return b"GET %b HTTP/1.1\r\n" % target + HOST + b"".join(lines) + b"\r\n"


def post(target: bytes, body: bytes) -> bytes:
    return (
        b"POST %b HTTP/1.1\r\nContent-Length: %d\r\n" % (target, len(body)) + HOST + b"\r\n" + body
    )


def chunked(target: bytes, body: bytes) -> bytes:
    return b"POST %b HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" % target + HOST + b"\r\n" + body


LAST = get(b"/api/last", b"Connection: close\r\n")


def statuses(answered: bytes) -> list[bytes]:
    return re.findall(rb"HTTP/1.1 (\d+)", answered)


def first_lines(door: Door) -> list[bytes]:
    return [request.split(b" HTTP")[0] for request in door.reached]


@pytest.mark.parametrize(
    "first",
    [
        get(b"/api/first"),
        post(b"/api/first", b"hello"),
        post(b"/api/first", b"GET /api/smuggled HTTP/1.1\r\nHost: x\r\n\r\n"),
        chunked(b"/api/first", b"5\r\nhello\r\n0\r\n\r\n"),
        chunked(b"/api/first", b"4\r\n\r\n\r\n\r\n0\r\n\r\n"),
        chunked(b"/api/first", b"0\r\n\r\n"),
        chunked(b"/api/first", b"5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n"),
    ],
)
async def test_what_follows_a_request_is_the_next_one(protocol: Door, first: bytes) -> None:
    answered = await protocol.send(first + LAST)

    assert statuses(answered) == [b"200", b"200"]
    assert first_lines(protocol) == [first.split(b" ")[0] + b" /first", b"GET /last"]


@pytest.mark.parametrize(
    "first", [post(b"/api/first", b"hello"), chunked(b"/api/first", b"3\r\nabc\r\n0\r\n\r\n")]
)
async def test_requests_that_come_byte_by_byte_are_the_same_requests(
    protocol: Door, first: bytes
) -> None:
    async with protocol.connected() as (reader, writer):
        for byte in first + LAST:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0)
        answered = await reader.read()

    assert statuses(answered) == [b"200", b"200"]
    assert first_lines(protocol) == [b"POST /first", b"GET /last"]


async def test_a_malformed_request_behind_a_good_one_is_refused_alone(protocol: Door) -> None:
    answered = await protocol.send(get(b"/api/first") + b"GET /api/x HTTP/1.1\r\nbad\r\n\r\n")

    assert statuses(answered) == [b"200", b"400"]
    assert first_lines(protocol) == [b"GET /first"]


async def test_requests_for_the_gateway_and_for_services_alternate(protocol: Door) -> None:
    answered = await protocol.send(
        get(b"/api/a")
        + post(b"/admin", b"hello")
        + get(b"/api/b")
        + chunked(b"/admin", b"5\r\nworld\r\n0\r\n\r\n")
        + LAST
    )

    assert statuses(answered) == [b"200"] * 5
    assert answered.index(b"/admin hello") < answered.index(b"/admin world")
    assert first_lines(protocol) == [b"GET /a", b"GET /b", b"GET /last"]


async def test_a_refused_body_is_read_and_the_connection_used_again(protocol: Door) -> None:
    answered = await protocol.send(post(b"/api/forbidden", b"hello") + LAST)

    assert statuses(answered) == [b"403", b"200"]


async def test_repeated_heads_are_repeated_requests(protocol: Door) -> None:
    protocol.begin(OK)

    await protocol.send(get(b"/api/x") * 20 + LAST)

    assert first_lines(protocol) == [b"GET /x"] * 20 + [b"GET /last"]
    assert len({id(head) for head in protocol.edge.asked[:20]}) == 1


async def test_the_connection_to_a_service_is_used_again(door: Door) -> None:
    before = door.recorder.connections

    await door.send(get(b"/api/x") * 5 + LAST)

    assert door.recorder.connections <= before + 1


async def test_who_expects_to_be_told_to_continue_is_told(door: Door) -> None:
    head = b"POST /api/x HTTP/1.1\r\nContent-Length: 5\r\nExpect: 100-continue\r\n" + HOST + b"\r\n"

    async with door.connected() as (reader, writer):
        writer.write(head)
        told = await reader.readuntil(b"\r\n\r\n")
        writer.write(b"hello")
        answered = await reader.readuntil(b"\r\n\r\n")

    assert told == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert answered.startswith(b"HTTP/1.1 200 ")
    assert door.reached[0].endswith(b"\r\n\r\nhello")
    assert b"expect" not in door.reached[0]


async def test_who_is_refused_is_not_told_to_continue(door: Door) -> None:
    head = b"POST /api/forbidden HTTP/1.1\r\nContent-Length: 5\r\nExpect: 100-continue\r\n"

    answered = await door.send(head + HOST + b"Connection: close\r\n\r\n")

    assert statuses(answered) == [b"403"]


async def test_a_body_that_is_said_to_be_too_large_is_not_asked_for(door: Door) -> None:
    door.edge.limits = Limits(body_bytes=4)
    head = b"POST /api/x HTTP/1.1\r\nContent-Length: 5\r\nExpect: 100-continue\r\n"

    answered = await door.send(head + HOST + b"\r\n")

    assert statuses(answered) == [b"413"]
    assert door.reached == []


async def test_a_body_is_counted_while_it_comes(door: Door) -> None:
    door.edge.limits = Limits(body_bytes=8)

    answered = await door.send(chunked(b"/api/x", b"5\r\nhello\r\n5\r\nworld\r\n0\r\n\r\n"))

    assert statuses(answered) == [b"413"]
    assert not any(request.endswith(b"0\r\n\r\n") for request in door.reached)


async def test_a_client_that_still_sends_can_read_its_refusal(protocol: Door) -> None:
    protocol.edge.limits = Limits(body_bytes=8)
    endless = chunked(b"/api/x", b"5\r\nhello\r\n" * 20_000)

    answered = await protocol.send(endless)

    assert statuses(answered) == [b"413"]


async def test_a_client_that_leaves_takes_its_request_along(protocol: Door) -> None:
    protocol.begin(b"")

    async with protocol.connected() as (_, writer):
        writer.write(b"POST /api/x HTTP/1.1\r\nContent-Length: 5\r\n" + HOST + b"\r\nhel")
        await until(lambda: protocol.recorder.requests)
    await until(lambda: protocol.edge.outcomes)

    assert [outcome.status for outcome in protocol.edge.outcomes] == [499]


async def test_an_outcome_tells_what_happened(protocol: Door) -> None:
    await protocol.send(post(b"/api/x", b"hello") + LAST)

    outcome = protocol.edge.outcomes[0]
    assert (outcome.status, outcome.sent, outcome.received) == (200, 5, 2)
    assert outcome.instance == f"svc-{protocol.recorder.port}"
    assert 0 < outcome.seconds < 10
    assert not outcome.failure
