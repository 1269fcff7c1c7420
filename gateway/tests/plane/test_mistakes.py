"""What the gateway does where it fails by a mistake of its own."""

import asyncio
from collections.abc import AsyncIterator, MutableMapping
from typing import Any, Never, cast

import pytest
from structlog.testing import capture_logs

from gateway.plane import errand
from gateway.wire.contract import Limits
from gateway.wire.peer import Networks

from tests.handshakes import SWITCHED, handshake
from tests.plane.doors import Door, protocol_door
from tests.waiting import until

HEAD = b"POST /api/x HTTP/1.1\r\nHost: shop.example\r\nTransfer-Encoding: chunked\r\n\r\n"
CHUNK = b"5\r\nhello\r\n"
GET = b"GET /api/x HTTP/1.1\r\nHost: shop.example\r\n\r\n"
END = b"0\r\n\r\n"
NOWHERE = cast(Networks, (None,))


def broken(*_: object, **__: object) -> Never:
    raise RuntimeError("nobody foresaw this")


@pytest.fixture
def uncountable(protocol: Door, monkeypatch: pytest.MonkeyPatch) -> Door:
    """Cannot say that a body is too large, and all are."""
    protocol.edge.limits = Limits(body_bytes=4)
    monkeypatch.setattr("gateway.plane.upload.BodyTooLarge", broken)
    return protocol


@pytest.fixture
def timeless(protocol: Door, monkeypatch: pytest.MonkeyPatch) -> Door:
    """Cannot say that a service took too long, and all do."""
    protocol.edge.limits = Limits(total_seconds=0)
    monkeypatch.setattr("gateway.plane.patience.UpstreamTimeout", broken)
    return protocol


@pytest.fixture
async def confused() -> AsyncIterator[Door]:
    """A gateway that cannot tell whom it trusts."""
    async with protocol_door(trusted=NOWHERE) as door:
        yield door


@pytest.fixture
async def unwatched() -> AsyncIterator[Door]:
    """A gateway whose requests go the short way, however long they take."""
    async with protocol_door(tick=3600) as door:
        yield door


def mistakes(logged: list[MutableMapping[str, Any]]) -> list[tuple[str, type]]:  # Any: fields
    return [(line["event"], type(line["exc_info"])) for line in logged]


async def test_a_body_that_cannot_be_read_for_a_mistake_is_answered_and_logged_once(
    uncountable: Door,
) -> None:
    with capture_logs() as logged:
        answered = await uncountable.send(HEAD + CHUNK + END + HEAD + END)

    assert answered.count(b"HTTP/1.1 ") == 1
    assert answered.startswith(b"HTTP/1.1 500 ")
    assert b'"code":"internal"' in answered
    assert b"nobody foresaw" not in answered
    assert uncountable.reached == []
    assert [outcome.status for outcome in uncountable.edge.outcomes] == [500]
    assert mistakes(logged) == [("edge.failed", RuntimeError)]


async def test_an_answer_that_has_begun_is_cut_off_by_a_mistake(uncountable: Door) -> None:
    uncountable.recorder.begin(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello")
    uncountable.recorder.unread = uncountable.recorder.silent_after_answer = True

    with capture_logs() as logged:
        async with uncountable.connected() as (reader, writer):
            writer.write(HEAD)
            await reader.readuntil(b"hello")
            writer.write(CHUNK)
            rest = await reader.read()

    assert rest == b""
    [outcome] = uncountable.edge.outcomes
    assert outcome.status == 200
    assert outcome.failure == "something went wrong here; it has been logged"
    assert mistakes(logged) == [("edge.failed", RuntimeError)]


async def test_a_mistake_of_the_clock_ends_the_one_request_that_it_met(timeless: Door) -> None:
    timeless.recorder.silent = True

    with capture_logs() as logged:
        answered = await timeless.send(HEAD + END)

    assert answered.startswith(b"HTTP/1.1 500 ")
    assert [outcome.status for outcome in timeless.edge.outcomes] == [500]
    assert mistakes(logged) == [("edge.failed", RuntimeError)]


async def test_a_head_that_cannot_be_read_for_a_mistake_is_answered(confused: Door) -> None:
    with capture_logs() as logged:
        answered = await confused.send(HEAD + END)

    assert answered.startswith(b"HTTP/1.1 500 ")
    assert confused.reached == []
    assert [outcome.status for outcome in confused.edge.outcomes] == [500]
    assert mistakes(logged) == [("edge.failed", TypeError)]


@pytest.mark.skipif(
    not errand.__file__.endswith(".py"), reason="what is compiled cannot be broken from outside"
)
async def test_an_answer_that_cannot_be_passed_on_for_a_mistake_is_another_one(
    unwatched: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with unwatched.connected() as (reader, writer):
        writer.write(GET)  # so that there is a connection to the service
        await reader.readuntil(b"ok")
        unwatched.recorder.before_answer = asyncio.Event()
        with capture_logs() as logged:
            writer.write(GET)
            await until(lambda: len(unwatched.reached) == 2)
            monkeypatch.setattr("gateway.plane.errand.monotonic", broken)
            unwatched.recorder.before_answer.set()
            answered = await reader.readuntil(b"}")

    assert answered.startswith(b"HTTP/1.1 500 ")
    assert [outcome.status for outcome in unwatched.edge.outcomes] == [200, 500]
    assert [endpoint.in_flight for endpoint in unwatched.edge.group.endpoints] == [0]
    assert mistakes(logged) == [("edge.failed", RuntimeError)]


@pytest.mark.parametrize("target", [b"/api/forbidden", b"/api/late?no"])
async def test_where_nobody_can_be_told_of_a_refusal_the_connection_ends_with_it(
    protocol: Door, monkeypatch: pytest.MonkeyPatch, target: bytes
) -> None:
    monkeypatch.setattr(protocol.edge, "finished", broken)

    with capture_logs() as logged:
        answered = await protocol.send(GET.replace(b"/api/x", target))

    assert answered.count(b"HTTP/1.1 ") == 1
    assert answered.startswith(b"HTTP/1.1 40")
    assert mistakes(logged) == [("edge.failed", RuntimeError)]


async def test_a_handshake_that_cannot_be_passed_on_for_a_mistake_is_answered(
    protocol: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    protocol.begin(SWITCHED)
    monkeypatch.setattr("hashlib.sha1", broken)

    with capture_logs() as logged:
        async with protocol.connected() as (reader, writer):
            writer.write(handshake("/ws/chat"))
            answered = await reader.readuntil(b"}")

    assert answered.startswith(b"HTTP/1.1 500 ")
    assert [outcome.status for outcome in protocol.edge.outcomes] == [500]
    assert mistakes(logged) == [("edge.failed", RuntimeError)]
