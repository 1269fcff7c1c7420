"""A connection that knows its client reads no head otherwise than one that never met it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.chassis.errors import ServiceError
from gateway.wire.peer import Peer
from gateway.wire.reader import Reader

HEAD = (
    b"GET /api/v1/items?_=%b HTTP/1.1\r\nHost: shop.example\r\nX-Request-Id: %b\r\n"
    b"Accept: */*\r\ntraceparent: 00-%b-79d48a3900000001-01\r\nX-Tag: last\r\n\r\n"
)
ID = b"5af7183fb4d44bbf9d1b4fa300000001"

Read = tuple[object, ...]


def one(query: bytes = b"1", request_id: bytes = ID, trace_id: bytes = ID) -> bytes:
    return HEAD % (query, request_id, trace_id)


def known() -> Reader:
    """A reader that has met heads of this shape."""
    reader = Reader(Peer("203.0.113.7"))
    for number in range(3):
        reader.read(one(b"%d" % number))
    return reader


def by(reader: Reader, head: bytes) -> Read:
    """What it reads, or why it does not."""
    try:
        read = reader.again(head) or reader.read(head)
    except ServiceError as error:
        return type(error), str(error)
    return read.method, read.path, read.query, read.headers, read.length, read.persistent


def by_nobody_who_knows(head: bytes) -> Read:
    return by(Reader(Peer("203.0.113.7")), head)


def test_the_query_and_the_ids_of_each_head_are_its_own() -> None:
    other = ID[::-1]

    read = known().again(one(b"another", other, other))

    assert read is not None
    assert read.query == b"?_=another"
    assert read.header(b"x-request-id") == other
    assert read.header(b"traceparent") == b"00-%b-79d48a3900000001-01" % other
    assert read.header(b"x-tag") == b"last"


@pytest.mark.parametrize(
    "head",
    [
        one(query=b"a b"),
        one(query=b"a#b"),
        one(query=b"\x80"),
        one(query=b"a" * 9000),
        one(query=b"1 HTTP/1.0\r\nX: 1\r\nY:"),
        one(request_id=b"a\r\nContent-Length: 7\r\nX-B: 12345"),
        one(request_id=b"a" * 29 + b"\r\n\r"),
        one(request_id=b" " * len(ID)),
        one(request_id=b"\0" * len(ID)),
        one(request_id=ID[1:]),
        one()[:-2] + b"X-More: 1\r\n\r\n",
        one().replace(b"Host: shop.example", b"Host: shop.exampl\xff"),
        one().replace(b"GET", b"PUT"),
        one().replace(b"items", b"it%2fs"),
        one()[:-1],
    ],
)
def test_what_is_smuggled_into_a_known_shape_is_judged_as_if_it_were_new(head: bytes) -> None:
    assert by(known(), head) == by_nobody_who_knows(head)


@given(st.data())
def test_any_bytes_changed_anywhere_are_judged_as_if_they_were_new(data: st.DataObject) -> None:
    head = bytearray(one())
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(head) - 5))
        end = data.draw(st.integers(place, min(place + 4, len(head) - 4)))
        head[place:end] = data.draw(
            st.sampled_from([b"\r\n", b"\r", b"\n", b" ", b"?", b":", b"a"])
        )

    assert by(known(), bytes(head)) == by_nobody_who_knows(bytes(head))
