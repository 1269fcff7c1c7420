"""What a client is told of a service's answer, and what never reaches it."""

import re

import pytest

from tests.plane.doors import Door

GET = b"GET /api/x HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n\r\n"
HEAD = GET.replace(b"GET", b"HEAD")
OLD = b"GET /api/x HTTP/1.0\r\nHost: shop.example\r\n\r\n"


def lines_of(answered: bytes) -> list[bytes]:
    """The header lines of an answer, without those that the gateway adds to every one."""
    lines = answered.partition(b"\r\n\r\n")[0].split(b"\r\n")[1:]
    ours = (b"x-request-id:", b"x-trace-id:", b"connection: close", b"date:")
    return [line for line in lines if not line.startswith(ours)]


def body_of(answered: bytes) -> bytes:
    """The body, without its chunks."""
    head, _, body = answered.partition(b"\r\n\r\n")
    if b"transfer-encoding: chunked" not in head:
        return body
    assert body.endswith(b"0\r\n\r\n")
    return b"".join(re.findall(rb"[0-9a-f]+\r\n(.*?)\r\n", body, re.DOTALL))


async def test_two_cookies_stay_two(door: Door) -> None:
    door.begin(
        b"HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 2\r\n\r\nok"
    )

    answered = await door.send(GET)

    assert lines_of(answered)[:2] == [b"set-cookie: a=1", b"set-cookie: b=2"]


@pytest.mark.parametrize(
    "line",
    [
        b"Server: secret/1.0",
        b"X-Powered-By: secret",
        b"X-Request-Id: theirs",
        b"X-Trace-Id: theirs",
        b"Keep-Alive: timeout=5",
        b"Proxy-Authenticate: Basic",
        b"Upgrade: h2c",
        b"Trailer: X-Sum",
        b"Connection: x-secret\r\nX-Secret: 1",
    ],
)
async def test_what_is_not_for_clients_stays(door: Door, line: bytes) -> None:
    door.begin(b"HTTP/1.1 200 OK\r\n" + line + b"\r\nX-Kept: 1\r\nContent-Length: 2\r\n\r\nok")

    answered = await door.send(GET)

    assert lines_of(answered) == [b"x-kept: 1", b"content-length: 2"]
    assert b"theirs" not in answered


@pytest.mark.parametrize(
    ("location", "told"),
    [
        (b"http://INSTANCE/v1/x?a=1", b"/api/v1/x?a=1"),
        (b"/v1/x", b"/api/v1/x"),
        (b"https://elsewhere.example/v1/x", b"https://elsewhere.example/v1/x"),
        (b"//elsewhere.example/x", b"//elsewhere.example/x"),
        (b"relative", b"relative"),
    ],
)
async def test_a_location_inside_is_told_as_it_is_outside(
    door: Door, location: bytes, told: bytes
) -> None:
    inside = location.replace(b"INSTANCE", b"127.0.0.1:%d" % door.recorder.port)
    door.begin(b"HTTP/1.1 302 Found\r\nLocation: " + inside + b"\r\nContent-Length: 0\r\n\r\n")

    answered = await door.send(GET)

    assert b"\r\nlocation: " + told + b"\r\n" in answered


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", b"hello"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", b""),
        (b"HTTP/1.1 200\r\nContent-Length: 5\r\n\r\nhello", b"hello"),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
            b"hello",
        ),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n"
            b"5;x=y\r\nhello\r\n0\r\nX: y\r\n\r\n",
            b"hello",
        ),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b""),
        (b"HTTP/1.1 200 OK\r\n\r\nhello", b"hello"),
        (b"HTTP/1.0 200 OK\r\n\r\nhello", b"hello"),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", b"hello"),
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno", b"no"),
        (b"HTTP/1.1 599 Odd\r\nContent-Length: 2\r\n\r\nno", b"no"),
    ],
)
async def test_an_answer_is_framed_anew(door: Door, answer: bytes, body: bytes) -> None:
    door.begin(answer)

    answered = await door.send(GET)

    assert answered[9:12] == answer[9:12]
    assert body_of(answered) == body


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", b"hello"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", b"hello"),
        (b"HTTP/1.1 200 OK\r\n\r\nhello", b"hello"),
    ],
)
async def test_who_does_not_know_chunks_is_sent_none(
    protocol: Door, answer: bytes, body: bytes
) -> None:
    protocol.begin(answer)

    answered = await protocol.send(OLD)

    head, _, received = answered.partition(b"\r\n\r\n")
    assert received == body
    assert b"transfer-encoding" not in head


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 204 No Content\r\n\r\n",
        b"HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n",
        b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n",
    ],
)
async def test_an_answer_without_a_body_ends_with_its_head(door: Door, answer: bytes) -> None:
    door.begin(answer)

    answered = await door.send(GET)

    assert answered[9:12] == answer[9:12]
    assert answered.endswith(b"\r\n\r\n")
    assert b"transfer-encoding" not in answered


async def test_the_answer_to_head_tells_the_length_and_has_no_body(door: Door) -> None:
    door.begin(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")

    answered = await door.send(HEAD)

    assert lines_of(answered) == [b"content-length: 5"]
    assert answered.endswith(b"\r\n\r\n")


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 99 Low\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 600 High\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1  200 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\nContent-Length: 0\n\n",
        b"HTTP/1.1 200 OK\r\nSet-Cookie: a\nSet-Cookie: evil=1\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nSet-Cookie: a\rSet-Cookie: evil=1\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX Y: a\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX : a\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 40_000 + b"\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000,
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nevil\r\n",
    ],
)
async def test_an_answer_that_is_no_http_is_a_bad_gateway(protocol: Door, answer: bytes) -> None:
    protocol.begin(answer)

    answered = await protocol.send(GET)

    assert answered.startswith(b"HTTP/1.1 502 ")
    assert answered.count(b"HTTP/1.1 ") == 1
    assert b"evil" not in answered


async def test_what_announces_an_answer_passes(protocol: Door) -> None:
    protocol.begin(
        b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"
        b"HTTP/1.1 102 Processing\r\n\r\n"
        b"HTTP/1.1 100 Continue\r\n\r\n"
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    )

    answered = await protocol.send(GET)

    assert re.findall(rb"HTTP/1.1 (\d+)", answered) == [b"103", b"102", b"200"]
    assert b"\r\nlink: </a.css>\r\n" in answered


async def test_who_does_not_know_announcements_gets_none(protocol: Door) -> None:
    protocol.begin(
        b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    )

    answered = await protocol.send(OLD)

    assert re.findall(rb"HTTP/1.1 (\d+)", answered) == [b"200"]


async def test_headers_of_the_verdict_are_told_with_the_answer(door: Door) -> None:
    door.edge.answer = ((b"ratelimit-remaining", b"59"), (b"vary", b"origin"))

    answered = await door.send(GET)

    assert lines_of(answered) == [b"content-length: 2", b"ratelimit-remaining: 59", b"vary: origin"]


@pytest.mark.parametrize(
    "surplus",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
        b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
        b"HTTP/1.1 204 No Content\r\nContent-Length: 4\r\n\r\nevil",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\nevil",
    ],
)
async def test_bytes_after_an_answer_are_dropped_and_the_connection_is_not_used_again(
    protocol: Door, surplus: bytes
) -> None:
    protocol.begin(surplus, b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnext")
    before = protocol.recorder.connections
    kept = GET.replace(b"Connection: close\r\n", b"")

    answered = await protocol.send(kept + GET)

    assert b"evil" not in answered
    assert answered.endswith(b"\r\n\r\nnext")
    assert protocol.recorder.connections == before + 2


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
    ],
)
async def test_a_truncated_answer_is_cut_and_nothing_is_put_behind_it(
    protocol: Door, answer: bytes
) -> None:
    protocol.begin(answer)
    kept = GET.replace(b"Connection: close\r\n", b"")
    protocol.recorder.closing = True

    answered = await protocol.send(kept + GET)

    assert answered.count(b"HTTP/1.1 ") == 1
    assert not answered.endswith(b"0\r\n\r\n")
    assert b"evil" not in answered
