"""A request that finds a connection at hand goes a short way, and nobody can tell."""

import re

import pytest

from gateway.wire.contract import Outcome

from tests.plane.doors import Door

ASKED = b"%b /api/x?a=1 HTTP/1.1\r\nHost: shop.example\r\nX-Tag: one\r\n%b\r\n"
LAST = ASKED % (b"GET", b"Connection: close\r\n")
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


Ended = tuple[int, int, int, str, bool, str]


def ended(told: Outcome) -> Ended:
    """What is not another one's each time."""
    return told.status, told.sent, told.received, told.instance, told.retried, told.failure


async def told(
    door: Door, answer: bytes, *, method: bytes = b"GET", before: int
) -> tuple[bytes, list[bytes], list[Ended]]:
    """What client, service and edge get to know, with so many requests before this one."""
    door.begin(*[OK] * before, answer, OK)
    door.edge.answer = ((b"ratelimit", b"59"),)
    first = ASKED % (b"GET", b"") * before
    sent = await door.send(first, ASKED % (method, b"") + LAST)
    named = re.sub(rb"[0-9a-f]{32}", b"ID", sent)
    return named, door.reached, [ended(one) for one in door.edge.outcomes]


@pytest.mark.parametrize("method", [b"GET", b"POST", b"DELETE"])
@pytest.mark.parametrize(
    "answer",
    [
        OK,
        b"HTTP/1.1 200 OK\r\nX-Tag: a\r\nX-Tag: b\r\nSet-Cookie: c\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nlocation: /v1/other\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok",
        b"HTTP/1.1 304 Not Modified\r\netag: a\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\n\r\n",
        b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 2\r\n\r\nno",
        b"HTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\n" + OK,
        OK + b"what nobody asked for",
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nok",
        b"no HTTP at all\r\n\r\n",
    ],
)
async def test_the_short_way_tells_everybody_the_same(
    protocol: Door, answer: bytes, method: bytes
) -> None:
    alone = await told(protocol, answer, method=method, before=0)
    later = await told(protocol, answer, method=method, before=1)
    first = await told(protocol, OK, before=0)

    of_the_first = first[0][: first[0].index(b"ok") + 2]
    assert later[0] == of_the_first + alone[0]
    assert later[1] == first[1][:1] + alone[1]
    assert later[2] == first[2][:1] + alone[2]
