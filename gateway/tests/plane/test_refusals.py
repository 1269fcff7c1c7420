"""What never reaches a service: refused at the door, with the connection closed."""

from typing import Never

import pytest
from structlog.testing import capture_logs

from gateway.balance.endpoint import Endpoint
from gateway.balance.group import Group
from gateway.balance.service import Service
from gateway.wire.contract import Limits

from tests.plane.doors import Door, member

HOST = b"Host: shop.example\r\n"
END = b"Connection: close\r\n\r\n"
CHUNKED = b"Transfer-Encoding: chunked"


def broken() -> Never:
    raise RuntimeError("nobody foresaw this")


def post(*lines: bytes, body: bytes = b"") -> bytes:
    return (
        b"POST /api/x HTTP/1.1\r\n"
        + HOST
        + b"".join(b"%b\r\n" % one for one in lines)
        + b"\r\n"
        + body
    )


def get(target: bytes) -> bytes:
    return b"GET %b HTTP/1.1\r\n" % target + HOST + END


MALFORMED = {
    "length with coding": post(b"Content-Length: 5", CHUNKED, body=b"0\r\n\r\n"),
    "coding with length": post(CHUNKED, b"Content-Length: 5", body=b"0\r\n\r\n"),
    "two lengths": post(b"Content-Length: 5", b"Content-Length: 6", body=b"hello!"),
    "the same length twice": post(b"Content-Length: 5", b"Content-Length: 5", body=b"hello"),
    "a list of lengths": post(b"Content-Length: 5, 5", body=b"hello"),
    "a signed length": post(b"Content-Length: +5", body=b"hello"),
    "a negative length": post(b"Content-Length: -5", body=b"hello"),
    "a hexadecimal length": post(b"Content-Length: 0x5", body=b"hello"),
    "an empty length": post(b"Content-Length:", body=b"hello"),
    "a length with a space in it": post(b"Content-Length: 5 5", body=b"hello"),
    "a length too large": post(b"Content-Length: 99999999999999999999", body=b"hello"),
    "an old version with a coding": b"POST /api/x HTTP/1.0\r\n" + HOST
    + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a bare line feed": b"GET /api/x HTTP/1.1\n" + HOST + END,
    "a bare line feed after a header": b"GET /api/x HTTP/1.1\r\nHost: x\nX: y\r\n" + END,
    "nothing but line feeds": b"GET /api/x HTTP/1.1\nHost: x\n\n",
    "a bare carriage return": b"GET /api/x HTTP/1.1\r\nHost: x\r\nX: a\rb\r\n" + END,
    "a folded line": b"GET /api/x HTTP/1.1\r\nHost: x\r\nX: a\r\n b\r\n" + END,
    "a line folded with a tab": b"GET /api/x HTTP/1.1\r\nHost: x\r\nX: a\r\n\tb\r\n" + END,
    "a space before the first header": b"GET /api/x HTTP/1.1\r\n Host: x\r\n" + END,
    "a NUL in a value": b"GET /api/x HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n" + END,
    "a control character in a value": b"GET /api/x HTTP/1.1\r\nHost: x\r\nX: a\x01b\r\n" + END,
    "a space in a name": b"GET /api/x HTTP/1.1\r\nHost: x\r\nX Y: a\r\n" + END,
    "a space before the colon": b"GET /api/x HTTP/1.1\r\nHost: x\r\nX : a\r\n" + END,
    "no colon": b"GET /api/x HTTP/1.1\r\nHost: x\r\nX\r\n" + END,
    "no name": b"GET /api/x HTTP/1.1\r\nHost: x\r\n: a\r\n" + END,
    "a name that is not ASCII": b"GET /api/x HTTP/1.1\r\nHost: x\r\nX\xe9: a\r\n" + END,
    "a value that is no UTF-8": b"GET /api/x HTTP/1.1\r\nHost: x\r\nX: \xe9\r\n" + END,
    "no host": b"GET /api/x HTTP/1.1\r\nX: a\r\n" + END,
    "no header at all": b"GET /api/x HTTP/1.1\r\n\r\n",
    "two hosts": b"GET /api/x HTTP/1.1\r\nHost: x\r\nHost: y\r\n" + END,
    "the same host twice": b"GET /api/x HTTP/1.1\r\nHost: x\r\nHost: x\r\n" + END,
    "an empty host": b"GET /api/x HTTP/1.1\r\nHost:\r\n" + END,
    "a host with a path": b"GET /api/x HTTP/1.1\r\nHost: x/y\r\n" + END,
    "a host with a user": b"GET /api/x HTTP/1.1\r\nHost: a@x\r\n" + END,
    "two hosts in one header": b"GET /api/x HTTP/1.1\r\nHost: x, y\r\n" + END,
    "version 0.9": b"GET /api/x HTTP/0.9\r\n" + HOST + END,
    "version 1.2": b"GET /api/x HTTP/1.2\r\n" + HOST + END,
    "version 2.0": b"GET /api/x HTTP/2.0\r\n" + HOST + END,
    "no version": b"GET /api/x\r\n" + HOST + END,
    "a lower-case version": b"GET /api/x http/1.1\r\n" + HOST + END,
    "a tab in the first line": b"GET\t/api/x HTTP/1.1\r\n" + HOST + END,
    "a space in the target": b"GET /api/x y HTTP/1.1\r\n" + HOST + END,
    "no target": b"GET HTTP/1.1\r\n" + HOST + END,
    "a space at the end of the first line": b"GET /api/x HTTP/1.1 \r\n" + HOST + END,
    "the start of TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
}  # fmt: skip

AMBIGUOUS = [
    b"/api/v1/../x", b"/api/v1/..", b"/api/../health", b"/api/v1/./x", b"/api/v1/.",
    b"/api/v1/%2e%2e/x", b"/api/v1/.%2E/x", b"/api/v1/%2e/x", b"/api//v1", b"/api/v1//",
    b"/api/v1/..%2Fx", b"/api/v1/a%2f%2Fb", b"/api/v1/a/%2fb", b"/api/v1/a%2f.%2Fb", b"/api%2Fx",
    b"/api/v1/a%2F;b", b"/api/v1/a%5cb", b"/api/v1/a\\b", b"/api/v1/a%00b",
    b"/api/v1/a%0d%0ab", b"/api/v1/a%7f", b"/api/v1/a;b=c", b"/api/v1/100%", b"/api/v1/%zz",
    b"/api/v1/%4", b"/api/v1/..;/x", b"/api/v1/%2e%2e%2fx",
]  # fmt: skip

# uvicorn tells an application nothing of these, or answers them before the adapter is asked.
HIDDEN_FROM_ASGI = [
    b"GET /api/x#part HTTP/1.1\r\n" + HOST + END,
    b"GET http://other.example/api/x HTTP/1.1\r\n" + HOST + END,
    b"GET http://shop.example@other/api/x HTTP/1.1\r\n" + HOST + END,
    b"GET /api/x\xe9 HTTP/1.1\r\n" + HOST + END,
    b"GET /api/x?q=\xe9 HTTP/1.1\r\n" + HOST + END,
    b"GET /api/x RTSP/1.0\r\n" + HOST + END,
    b"OPTIONS * HTTP/1.1\r\n" + HOST + END,
    b"GET  /api/x HTTP/1.1\r\n" + HOST + END,
    b"\r\nGET /api/x HTTP/1.1\r\n" + HOST + END,
]


@pytest.mark.parametrize("sent", MALFORMED.values(), ids=MALFORMED)
async def test_a_malformed_request_is_refused(door: Door, sent: bytes) -> None:
    answered = await door.send(sent)

    assert answered.startswith(b"HTTP/1.1 400 ")
    assert answered.count(b"HTTP/1.1 ") == 1
    assert door.reached == []


@pytest.mark.parametrize("target", AMBIGUOUS)
async def test_a_path_that_could_mean_another_is_refused(door: Door, target: bytes) -> None:
    answered = await door.send(get(target))

    assert answered.startswith(b"HTTP/1.1 400 ")
    assert door.reached == []


async def test_what_is_no_request_is_told_of_all_the_same(door: Door) -> None:
    await door.send(get(b"/api/x;y"))

    [outcome] = door.edge.outcomes
    assert outcome.status == 400
    assert outcome.failure


@pytest.mark.parametrize("sent", HIDDEN_FROM_ASGI)
async def test_what_only_the_wire_shows_is_refused(protocol: Door, sent: bytes) -> None:
    answered = await protocol.send(sent)

    assert answered.startswith(b"HTTP/1.1 400 ")
    assert protocol.reached == []


@pytest.mark.parametrize(
    "coding",
    [b"gzip", b"gzip, chunked", b"chunked, gzip", b"identity", b"xchunked", b"chunked;q=1"],
)
async def test_another_transfer_coding_is_not_implemented(protocol: Door, coding: bytes) -> None:
    sent = post(b"Transfer-Encoding: " + coding, body=b"0\r\n\r\n")

    answered = await protocol.send(sent)

    assert answered.startswith(b"HTTP/1.1 501 ")
    assert protocol.reached == []


async def test_two_transfer_codings_are_refused(door: Door) -> None:
    sent = post(b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked", body=b"0\r\n\r\n")

    answered = await door.send(sent)

    assert answered.startswith((b"HTTP/1.1 501 ", b"HTTP/1.1 400 "))
    assert door.reached == []


@pytest.mark.parametrize(
    "method", [b"TRACE", b"CONNECT", b"PROPFIND", b"get", b"BREW", b"M-SEARCH", b"PRI"]
)
async def test_another_method_is_not_allowed(protocol: Door, method: bytes) -> None:
    answered = await protocol.send(b"%b /api/x HTTP/1.1\r\n" % method + HOST + END)

    assert answered.startswith(b"HTTP/1.1 405 ")
    assert b"\r\nallow: DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT\r\n" in answered
    assert protocol.reached == []


async def test_an_absolute_target_of_the_same_host_is_the_same(protocol: Door) -> None:
    await protocol.send(b"GET HTTP://Shop.Example/api/x?q HTTP/1.1\r\n" + HOST + END)

    assert [request.split(b"\r\n")[0] for request in protocol.reached] == [b"GET /x?q HTTP/1.1"]


async def test_a_head_above_32_kib_is_too_large(protocol: Door) -> None:
    lines = b"".join(b"X-%d: %b\r\n" % (n, b"x" * 1000) for n in range(40))

    answered = await protocol.send(b"GET /api/x HTTP/1.1\r\n" + HOST + lines + END)

    assert answered.startswith(b"HTTP/1.1 431 ")
    assert protocol.reached == []


@pytest.mark.parametrize(("more", "status"), [(0, b"200"), (1, b"431")])
async def test_a_head_may_have_32_kib_and_not_a_byte_more(
    protocol: Door, more: int, status: bytes
) -> None:
    rest = b"GET /api/x HTTP/1.1\r\n" + HOST + b"X: \r\n" + END
    padding = b"x" * (32 * 1024 - len(rest) + more)

    answered = await protocol.send(rest.replace(b"X: ", b"X: " + padding))

    assert answered.startswith(b"HTTP/1.1 " + status)


@pytest.mark.parametrize(("more", "status"), [(0, b"200"), (1, b"414")])
async def test_a_target_may_have_8_kib_and_not_a_byte_more(
    door: Door, more: int, status: bytes
) -> None:
    path = b"/api/"
    padding = b"x" * (8 * 1024 - len(path) + more)

    answered = await door.send(get(path + padding))

    assert answered.startswith(b"HTTP/1.1 " + status)


async def test_a_head_that_never_ends_is_too_large(protocol: Door) -> None:
    endless = b"GET /api/x HTTP/1.1\r\nX: " + b"x" * 40_000

    answered = await protocol.send(endless)

    assert answered.startswith(b"HTTP/1.1 431 ")


async def test_more_than_100_headers_are_too_many(door: Door) -> None:
    lines = b"".join(b"X-%d: x\r\n" % n for n in range(99))

    answered = await door.send(b"GET /api/x HTTP/1.1\r\n" + HOST + lines + END)

    assert answered.startswith(b"HTTP/1.1 431 ")
    assert door.reached == []


async def test_100_headers_are_not_too_many(door: Door) -> None:
    lines = b"".join(b"X-%d: x\r\n" % n for n in range(98))

    answered = await door.send(b"GET /api/x HTTP/1.1\r\n" + HOST + lines + END)

    assert answered.startswith(b"HTTP/1.1 200 ")


async def test_a_target_that_never_ends_is_too_long(protocol: Door) -> None:
    answered = await protocol.send(b"GET /api/" + b"x" * 40_000)

    assert answered.startswith(b"HTTP/1.1 414 ")


async def test_another_expectation_is_not_met(protocol: Door) -> None:
    answered = await protocol.send(post(b"Expect: a-miracle", b"Connection: close"))

    assert answered.startswith(b"HTTP/1.1 417 ")
    assert protocol.reached == []


@pytest.mark.parametrize(
    "body",
    [
        b"5\nhello\r\n0\r\n\r\n",
        b"5\r\nhello0\r\n\r\n",
        b"5\r\nhello\n0\r\n\r\n",
        b"0x5\r\nhello\r\n0\r\n\r\n",
        b"+5\r\nhello\r\n0\r\n\r\n",
        b"-5\r\n",
        b"5 \r\nhello\r\n0\r\n\r\n",
        b"fffffffffffffffff\r\n",
        b"\r\n5\r\nhello\r\n0\r\n\r\n",
        b"5;a\nb\r\nhello\r\n0\r\n\r\n",
        b"5\r\nhello\r\n0\r\n\n",
        b"5\r\nhello\r\n0\r\nX: a\r\n b\r\n\r\n",
        b"5\r\nhello\r\n0\r\nContent-Length: 5\r\n\r\n",
        b"5\r\nhello\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"5\r\nhello\r\n0\r\nHost: evil\r\n\r\n",
        b"5\r\nhello\r\n0\r\nX-User-Id: 1\r\n\r\n",
        b"5\r\nhello\r\n0\r\nX-Forwarded-For: 6.6.6.6\r\n\r\n",
        b"5\r\nhello\r\n0\r\nX_User_Id: 1\r\n\r\n",
        b"5;" + b"x" * 40_000,
    ],
)
async def test_a_chunked_body_that_is_malformed_never_becomes_a_whole_request(
    protocol: Door, body: bytes
) -> None:
    answered = await protocol.send(post(b"Transfer-Encoding: chunked", body=body))

    assert answered.startswith(b"HTTP/1.1 400 ")
    assert not any(request.endswith(b"0\r\n\r\n") for request in protocol.reached)


@pytest.mark.parametrize("body", [b"zz\r\n", b"9\r\n123456789\r\n"])
async def test_a_body_that_is_refused_together_with_its_head_occupies_no_instance(
    protocol: Door, body: bytes
) -> None:
    protocol.edge.limits = Limits(body_bytes=8)

    answered = await protocol.send(post(CHUNKED, body=body))

    assert answered.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 413 "))
    assert [endpoint.in_flight for endpoint in protocol.edge.group.endpoints] == [0]
    assert protocol.reached == []


async def test_a_refusal_is_a_problem_document_that_names_its_request(door: Door) -> None:
    answered = await door.send(get(b"/api/forbidden"))

    head, _, body = answered.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 403 Forbidden\r\n")
    assert b"content-type: application/problem+json" in head
    assert b"x-content-type-options: nosniff" in head
    assert b'"instance":"/api/forbidden"' in body
    assert b'"code":"forbidden"' in body
    assert b"127.0.0.1" not in answered


async def test_an_error_that_nobody_foresaw_is_not_shown(door: Door) -> None:
    answered = await door.send(get(b"/api/broken"))

    assert answered.startswith(b"HTTP/1.1 500 ")
    assert b"nobody foresaw" not in answered


@pytest.mark.parametrize("hash_by", [b"", b"x-key"])
async def test_a_request_that_cannot_be_forwarded_for_a_mistake_of_ours_is_answered_and_logged(
    door: Door, hash_by: bytes
) -> None:
    two = [Endpoint(member(port)) for port in (1, 2)]  # between which lots are drawn
    door.edge.group = Group(Service("svc"), two, hash_by=hash_by, chance=broken)

    with capture_logs() as logged:
        answered = await door.send(get(b"/api/x"))

    assert answered.startswith(b"HTTP/1.1 500 ")
    assert b'"code":"internal"' in answered
    assert b"nobody foresaw" not in answered
    assert [line["log_level"] for line in logged] == ["error"]
    assert isinstance(logged[0]["exc_info"], RuntimeError)


async def test_the_gateway_can_answer_by_itself(door: Door) -> None:
    answered = await door.send(get(b"/api/preflight"))

    assert answered.startswith(b"HTTP/1.1 204 No Content\r\n")
    assert b"access-control-allow-origin: *\r\n" in answered
    assert b"content-length" not in answered
    assert door.reached == []


async def test_a_verdict_may_come_late(door: Door) -> None:
    answered = await door.send(get(b"/api/late"))

    assert answered.startswith(b"HTTP/1.1 200 ")
    assert door.reached[0].startswith(b"GET /late HTTP/1.1\r\n")


async def test_a_refusal_may_come_late(door: Door) -> None:
    answered = await door.send(get(b"/api/late?no"))

    assert answered.startswith(b"HTTP/1.1 404 ")
    assert door.reached == []


async def test_the_answer_to_head_has_no_body_even_if_it_is_a_refusal(door: Door) -> None:
    answered = await door.send(b"HEAD /api/forbidden HTTP/1.1\r\n" + HOST + END)

    assert answered.startswith(b"HTTP/1.1 403 ")
    assert answered.endswith(b"\r\n\r\n")
