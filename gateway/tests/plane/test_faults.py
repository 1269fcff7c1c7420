"""Services that are away, hung, slow or stale, and clients that are slow or do not read."""

import asyncio
import contextlib
import re
import socket
from collections.abc import AsyncIterator, Iterator

import pytest

from gateway.balance.fleet import Fleet
from gateway.plane import deciding
from gateway.plane.plane import Timeouts
from gateway.plane.pool import KEEP_ALIVE_SECONDS
from gateway.wire.contract import Limits

from tests.plane.doors import Door, member, protocol_door
from tests.plane.recorder import OK, Recorder
from tests.upstreams import nobody
from tests.waiting import until

HOST = b"Host: shop.example\r\n"
QUICK = Timeouts(head=0.3, idle=0.3, write=0.3)


def request(method: bytes, *, close: bool = True, body: bytes = b"") -> bytes:
    length = b"Content-Length: %d\r\n" % len(body) if body else b""
    end = b"Connection: close\r\n\r\n" if close else b"\r\n"
    return method + b" /api/x HTTP/1.1\r\n" + HOST + length + end + body


@pytest.fixture(scope="module")
async def hasty() -> AsyncIterator[Door]:
    """A gateway with very little patience for its clients."""
    async with protocol_door(QUICK) as door:
        yield door


@pytest.fixture
def quick(hasty: Door) -> Door:
    hasty.begin()
    return hasty


@pytest.fixture
async def second() -> AsyncIterator[Recorder]:
    """Another instance of the service."""
    recorder = Recorder()
    async with recorder.listening():
        yield recorder


@pytest.fixture
def dead() -> int:
    """A port where nobody listens."""
    return int(nobody().rpartition(":")[2])


@pytest.fixture
def deaf() -> Iterator[int]:
    """A port where connections wait for ever to be taken."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(8)
        yield listener.getsockname()[1]


@pytest.fixture
def full() -> Iterator[int]:
    """A port where no further connection comes about, and none is refused either."""
    with socket.socket() as listener, contextlib.ExitStack() as waiting:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            one = waiting.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


def share(door: Door, *ports: int) -> None:
    door.edge.group = Fleet().group("svc", [member(port) for port in ports])


@pytest.mark.skipif(
    not deciding.__file__.endswith(".py"), reason="what is compiled has its constants within"
)
async def test_who_cannot_be_decided_about_in_time_is_told(
    protocol: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.plane.deciding._MOST_SECONDS", 0)

    answered = await protocol.send(request(b"GET").replace(b"/x", b"/undecided"))

    assert answered.startswith(b"HTTP/1.1 504 ")
    assert protocol.reached == []


@pytest.mark.parametrize("method", [b"GET", b"POST"])
async def test_where_nobody_listens_another_instance_answers(
    protocol: Door, dead: int, method: bytes
) -> None:
    share(protocol, dead, protocol.recorder.port)

    answers = [await protocol.send(request(method, body=b"x")) for _ in range(8)]

    assert all(answered.startswith(b"HTTP/1.1 200 ") for answered in answers)
    assert len(protocol.reached) == 8


async def test_where_nobody_listens_at_all_the_client_is_told(protocol: Door, dead: int) -> None:
    share(protocol, dead)

    answered = await protocol.send(request(b"GET"))

    assert answered.startswith(b"HTTP/1.1 503 ")
    assert b"127.0.0.1" not in answered


async def test_where_no_connection_comes_about_in_time_another_instance_answers(
    protocol: Door, full: int
) -> None:
    share(protocol, full, protocol.recorder.port)
    protocol.edge.limits = Limits(connect_seconds=0.2)

    answers = [await protocol.send(request(b"POST", body=b"x")) for _ in range(6)]

    assert all(answered.startswith(b"HTTP/1.1 200 ") for answered in answers)
    assert len(protocol.reached) == 6


async def test_where_no_connection_comes_about_at_all_the_client_is_told(
    protocol: Door, full: int
) -> None:
    share(protocol, full)
    protocol.edge.limits = Limits(connect_seconds=0.2)

    answered = await protocol.send(request(b"GET"))

    assert answered.startswith(b"HTTP/1.1 503 ")
    assert protocol.edge.outcomes[0].failure == "connecting took too long"


async def test_without_instances_the_client_is_told(protocol: Door) -> None:
    share(protocol)

    answered = await protocol.send(request(b"GET"))

    assert answered.startswith(b"HTTP/1.1 503 ")
    assert b'"code":"no-healthy-instance"' in answered


async def under_way(door: Door, method: bytes, count: int) -> list[asyncio.Task[bytes]]:
    """So many requests that have reached the service, which waits with its answers."""
    door.recorder.begin()
    door.recorder.before_answer = asyncio.Event()
    tasks = [asyncio.create_task(door.send(request(method))) for _ in range(count)]
    await until(lambda: len(door.recorder.requests) == count)
    return tasks


@pytest.mark.parametrize("method", [b"GET", b"POST"])
async def test_an_instance_gets_no_more_at_a_time_than_it_may(
    protocol: Door, method: bytes
) -> None:
    many = await under_way(protocol, method, 4)  # so that there are connections at hand
    protocol.recorder.answer_all()
    await asyncio.gather(*many)
    protocol.edge.limits = Limits(in_flight=2)
    two = await under_way(protocol, method, 2)

    refused = await protocol.send(request(method))
    protocol.recorder.answer_all()

    assert refused.startswith(b"HTTP/1.1 503 ")
    assert b'"code":"too-busy"' in refused
    assert {answered[:13] for answered in await asyncio.gather(*two)} == {b"HTTP/1.1 200 "}
    assert (await protocol.send(request(method))).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("method", [b"GET", b"HEAD", b"OPTIONS", b"PUT", b"DELETE"])
async def test_an_idempotent_request_without_an_answer_is_sent_to_another_instance(
    protocol: Door, second: Recorder, method: bytes
) -> None:
    protocol.begin(b"")
    share(protocol, protocol.recorder.port, second.port)

    answers = [await protocol.send(request(method)) for _ in range(6)]

    assert all(answered.startswith(b"HTTP/1.1 200 ") for answered in answers)
    assert len(second.requests) == 6


@pytest.mark.parametrize(
    ("method", "body"), [(b"POST", b""), (b"PATCH", b""), (b"PUT", b"x"), (b"DELETE", b"x")]
)
async def test_what_may_have_been_done_is_never_sent_again(
    protocol: Door, second: Recorder, method: bytes, body: bytes
) -> None:
    protocol.begin(b"")
    second.begin(b"")
    share(protocol, protocol.recorder.port, second.port)

    answered = await protocol.send(request(method, body=body))

    assert answered.startswith(b"HTTP/1.1 502 ")
    assert len(protocol.recorder.requests) + len(second.requests) == 1


async def test_a_request_is_sent_twice_at_most(protocol: Door, second: Recorder) -> None:
    protocol.begin(b"")
    second.begin(b"")
    share(protocol, protocol.recorder.port, second.port)

    answered = await protocol.send(request(b"GET"))

    assert answered.startswith(b"HTTP/1.1 502 ")
    assert (len(protocol.recorder.requests), len(second.requests)) == (1, 1)


async def test_a_half_answer_is_never_repeated(protocol: Door, second: Recorder) -> None:
    protocol.begin(b"HTTP/1.1 200 OK\r\nContent-Le")
    second.begin(b"HTTP/1.1 200 OK\r\nContent-Le")
    share(protocol, protocol.recorder.port, second.port)

    answered = await protocol.send(request(b"GET"))

    assert answered.startswith(b"HTTP/1.1 502 ")
    assert len(protocol.recorder.requests) + len(second.requests) == 1


@pytest.mark.parametrize("method", [b"GET", b"POST"])
async def test_a_connection_that_went_stale_is_never_seen_by_the_client(
    protocol: Door, method: bytes
) -> None:
    await protocol.send(request(b"GET"))
    protocol.recorder.hang_up()

    answered = await protocol.send(request(method))

    assert answered.startswith(b"HTTP/1.1 200 ")
    assert len(protocol.reached) == 2


async def test_a_service_that_hangs_up_on_a_used_connection_is_asked_again_on_a_new_one(
    protocol: Door,
) -> None:
    protocol.begin(OK, b"", OK)

    answered = await protocol.send(request(b"GET", close=False) + request(b"GET"))

    assert re.findall(rb"HTTP/1.1 (\d+)", answered) == [b"200", b"200"]
    assert len(protocol.recorder.requests) == 3


async def test_what_a_service_says_unasked_is_no_answer_to_the_next_request(
    protocol: Door,
) -> None:
    await protocol.send(request(b"GET"))
    before = protocol.recorder.connections

    protocol.recorder.say(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil")
    await until(lambda: not protocol.recorder.connected, seconds=KEEP_ALIVE_SECONDS / 2)
    answered = await protocol.send(request(b"GET"))

    assert answered.endswith(b"\r\n\r\nok")
    assert protocol.recorder.connections == before + 1


async def test_a_service_that_does_not_accept_is_given_up(protocol: Door, deaf: int) -> None:
    share(protocol, deaf)
    protocol.edge.limits = Limits(first_byte_seconds=0.2)

    answered = await protocol.send(request(b"GET"))

    assert answered.startswith(b"HTTP/1.1 504 ")
    assert b'"code":"upstream-timeout"' in answered


@pytest.mark.parametrize(
    ("limits", "status"),
    [
        (Limits(first_byte_seconds=0.2), b"504"),
        (Limits(total_seconds=0.2), b"504"),
    ],
)
async def test_a_service_that_does_not_answer_is_a_timeout(
    door: Door, limits: Limits, status: bytes
) -> None:
    door.recorder.silent = True
    door.edge.limits = limits

    answered = await door.send(request(b"GET"))

    assert answered.startswith(b"HTTP/1.1 " + status)


async def test_an_exchange_that_lasts_too_long_is_given_up_though_it_moves(door: Door) -> None:
    door.recorder.pouring = 2**40
    door.edge.limits = Limits(total_seconds=0.3)

    async with door.connected() as (reader, writer):
        writer.write(request(b"GET"))
        while await reader.read(2**20):
            pass

    [outcome] = door.edge.outcomes
    assert outcome.failure == "the exchange took too long"
    assert outcome.received < 2**40


async def test_a_service_that_stops_in_its_answer_is_cut_off(protocol: Door) -> None:
    protocol.begin(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello")
    protocol.edge.limits = Limits(idle_seconds=0.2)

    answered = await protocol.send(request(b"GET"))

    assert answered.endswith(b"\r\n\r\nhello")


async def test_a_client_that_stops_in_its_body_is_told(protocol: Door) -> None:
    protocol.edge.limits = Limits(idle_seconds=0.2)

    answered = await protocol.send(request(b"POST", body=b"hello")[:-2])

    assert answered.startswith(b"HTTP/1.1 408 ")


async def test_a_client_that_dribbles_is_told(protocol: Door) -> None:
    protocol.edge.limits = Limits(idle_seconds=0.3, body_rate=1000)

    async with protocol.connected() as (reader, writer):
        writer.write(request(b"POST", body=b"x" * 1000)[:-1000])
        answer = asyncio.create_task(reader.read())
        while not answer.done():
            writer.write(b"x")
            await asyncio.wait([answer], timeout=0.05)

    assert answer.result().startswith(b"HTTP/1.1 408 ")


@pytest.mark.parametrize(
    "begun", [b"", b"G", b"GET /api/x HTTP/1.1\r\n", b"GET / HTTP/1.1\r\nX: y"]
)
async def test_a_head_that_does_not_come_ends_the_connection(quick: Door, begun: bytes) -> None:
    answered = await quick.send(begun)

    assert answered.startswith(b"HTTP/1.1 408 ") if begun else answered == b""


async def test_a_head_that_comes_in_drops_does_not_win_time(quick: Door) -> None:
    async with quick.connected() as (reader, writer):
        answer = asyncio.create_task(reader.read())
        writer.write(b"GET /api/x HTTP/1.1\r\n")
        while not answer.done():
            writer.write(b"X: y\r\n")
            await asyncio.wait([answer], timeout=0.05)

    assert answer.result().startswith(b"HTTP/1.1 408 ")


async def test_a_connection_that_is_not_used_again_is_closed(quick: Door) -> None:
    answered = await quick.send(request(b"GET", close=False))

    assert answered.endswith(b"\r\n\r\nok")


async def test_a_client_that_does_not_read_holds_the_service_back_and_is_cut_off(
    quick: Door,
) -> None:
    whole = 256 * 1024 * 1024
    quick.recorder.pouring = whole

    async with quick.connected() as (_, writer):
        writer.write(request(b"GET"))
        await until(lambda: quick.edge.outcomes)

    assert quick.edge.outcomes[0].received < whole / 4


async def test_a_client_that_asks_on_while_it_waits_is_held_back(protocol: Door) -> None:
    protocol.recorder.silent = True
    sent = 0

    async with protocol.connected() as (_, writer):
        with pytest.raises(TimeoutError):
            while True:
                writer.write(request(b"GET", close=False) * 1000)
                async with asyncio.timeout(0.5):
                    await writer.drain()
                sent += 1

    assert sent * 1000 * len(request(b"GET", close=False)) < 32 * 1024 * 1024
    assert len(protocol.recorder.requests) == 1


async def test_a_body_that_finds_no_connection_holds_its_client_back(
    protocol: Door, full: int
) -> None:
    whole = 256 * 1024 * 1024
    share(protocol, full)
    protocol.edge.limits = Limits(body_bytes=whole, connect_seconds=2)
    sent = 0

    async with protocol.connected() as (_, writer):
        writer.write(b"POST /api/x HTTP/1.1\r\n" + HOST + b"Content-Length: %d\r\n\r\n" % whole)
        with pytest.raises(TimeoutError):
            while True:
                writer.write(b"x" * 65536)
                async with asyncio.timeout(0.5):
                    await writer.drain()
                sent += 65536

    assert sent < whole / 16
    await until(lambda: protocol.edge.outcomes)  # the next test has its own


async def test_a_service_that_does_not_read_holds_the_client_back(protocol: Door) -> None:
    whole = 256 * 1024 * 1024
    protocol.recorder.silent = protocol.recorder.unread = True
    protocol.edge.limits = Limits(body_bytes=whole, idle_seconds=0.3)
    sent = 0

    async with protocol.connected() as (reader, writer):
        head = b"POST /api/x HTTP/1.1\r\n" + HOST + b"Content-Length: %d\r\n\r\n" % whole
        writer.write(head)
        answer = asyncio.create_task(reader.readuntil(b"\r\n\r\n"))
        while not answer.done():
            writer.write(b"x" * 65536)
            sent += 65536
            await asyncio.wait(
                [answer, asyncio.create_task(writer.drain())], return_when=asyncio.FIRST_COMPLETED
            )

    assert answer.result().startswith(b"HTTP/1.1 504 ")
    assert sent < whole / 4


async def test_an_instance_that_fails_in_a_row_is_left_alone(
    protocol: Door, second: Recorder
) -> None:
    protocol.begin(b"HTTP/1.1 500 Broken\r\nContent-Length: 0\r\n\r\n")
    share(protocol, protocol.recorder.port, second.port)

    for _ in range(60):
        await protocol.send(request(b"GET"))

    assert len(protocol.recorder.requests) == 5
    assert len(second.requests) == 55


async def test_an_instance_that_cannot_be_reached_is_left_alone(protocol: Door, dead: int) -> None:
    share(protocol, dead, protocol.recorder.port)

    for _ in range(60):
        await protocol.send(request(b"GET"))

    met = [one for one in protocol.edge.outcomes if one.retried or one.status != 200]
    assert len(met) == 5


async def test_a_service_that_fails_is_given_time_to_recover(protocol: Door) -> None:
    protocol.begin(b"HTTP/1.1 503 Full\r\nContent-Length: 0\r\n\r\n")

    for _ in range(25):
        answered = await protocol.send(request(b"GET"))

    assert len(protocol.recorder.requests) == 20
    assert b'"code":"circuit-open"' in answered


async def test_retries_have_a_budget(protocol: Door, second: Recorder) -> None:
    protocol.begin(b"")
    second.begin(b"")
    share(protocol, protocol.recorder.port, second.port)

    for _ in range(10):
        await protocol.send(request(b"GET"))

    attempts = len(protocol.recorder.requests) + len(second.requests)
    assert 10 < attempts < 20


async def test_requests_with_the_same_key_come_to_the_same_instance(
    protocol: Door, second: Recorder
) -> None:
    members = [member(protocol.recorder.port), member(second.port)]
    protocol.edge.group = Fleet().group("svc", members, hash_by="Accept")

    for _ in range(20):
        await protocol.send(request(b"GET")[:-2] + b"Accept: same\r\n\r\n")

    assert {len(protocol.recorder.requests), len(second.requests)} == {0, 20}
