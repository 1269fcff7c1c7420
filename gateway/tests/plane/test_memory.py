"""What is remembered of heads changes nothing but the time that it takes to read them."""

import pytest

from gateway.chassis.errors import ServiceError
from gateway.wire import request
from gateway.wire.head import Head
from gateway.wire.peer import Peer

KNOWN = b"GET /api/x HTTP/1.1\r\nHost: shop.example\r\nX-Tag: two\r\n\r\n"


def read(*lines: bytes, start: bytes = b"GET /api/x HTTP/1.1") -> Head:
    """With a head in memory that is nearly the same."""
    request.read(KNOWN, Peer("203.0.113.7"))
    head = b"\r\n".join([start, b"Host: shop.example", *lines, b"", b""])
    return request.read(head, Peer("203.0.113.7"))


def test_headers_stay_in_their_order_whichever_of_them_are_known() -> None:
    head = read(b"X-Tag: one", b"X-Tag: two", b"X-Tag: three")

    assert head.header_values(b"x-tag") == [b"one", b"two", b"three"]
    assert head.block.crossing == b"x-tag: one\r\nx-tag: two\r\nx-tag: three\r\n"


def test_the_same_lines_are_the_same_block_whatever_names_the_request() -> None:
    one, other = read(b"X-Request-Id: a"), read(b"traceparent: b", start=b"GET /api/x?a HTTP/1.1")

    assert one.block is other.block
    assert one.brought == ((b"x-request-id", b"a"),)
    assert other.brought == ((b"traceparent", b"b"),)


def test_a_name_of_the_request_is_judged_as_any_other_header() -> None:
    assert read(b"X-Request-Id:\t odd id \t").brought == ((b"x-request-id", b"odd id"),)
    with pytest.raises(ServiceError, match="no HTTP request"):
        read(b"X-Request-Id : a")
    with pytest.raises(ServiceError, match="no HTTP request"):
        read(b"X-Request-Id: a\x7f\x01")


@pytest.mark.parametrize(
    ("target", "query"),
    [(b"/api/x?", b"?"), (b"/api/x?a?b", b"?a?b"), (b"/api/x?%2F//..", b"?%2F//..")],
)
def test_a_query_is_taken_as_it_is(target: bytes, query: bytes) -> None:
    head = read(start=b"GET %b HTTP/1.1" % target)

    assert (head.path, head.query) == ("/api/x", query)


@pytest.mark.parametrize(
    "start",
    [
        b"GET /api/x?a#b HTTP/1.1",
        b"GET /api/x?a b HTTP/1.1",
        b"GET /api/x?a\xc3\xbc HTTP/1.1",
        b"GET /api/x?a HTTP/1.2",
        b"GET /api/x?a HTTP/1.1 ",
        b"GET /api/x HTTP/1.1?a HTTP/1.1",
        b"GET /api/x?" + b"a" * 8192 + b" HTTP/1.1",
    ],
)
def test_a_query_that_is_none_is_refused_though_the_path_is_known(start: bytes) -> None:
    with pytest.raises(ServiceError):
        read(start=start)


def test_a_version_of_its_own_is_no_other_ones() -> None:
    assert read().persistent
    assert not read(start=b"GET /api/x HTTP/1.0").persistent


def test_the_peer_is_told_for_each_connection() -> None:
    one = request.read(KNOWN, Peer("203.0.113.7"))
    other = request.read(KNOWN, Peer("203.0.113.8", "https"))

    assert one.block is other.block
    assert b"x-forwarded-for: 203.0.113.7\r\nx-forwarded-proto: http\r\n" in one.origin.told
    assert b"x-forwarded-for: 203.0.113.8\r\nx-forwarded-proto: https\r\n" in other.origin.told
