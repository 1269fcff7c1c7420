"""The head of a request: from its bytes to a Head, or to the reason why it is refused."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from httptools import HttpRequestParser

from ..errors import ExpectationFailed, HeadTooLarge, MalformedRequest, UnknownCoding
from . import crossing, start, websocket
from .contract import Head
from .lines import Line, Lines, Unsound
from .peer import Peer
from .start import Start

MOST_BYTES: Final = 32 * 1024
MOST_HEADERS: Final = 100

# A line that ends without CR LF, a CR alone, a NUL, or no method at the start.
_HOPELESS: Final = re.compile(rb"(?<!\r)\n|\r(?!\n|\Z)|\0|\A[^!#-'*+.^_`|~0-9A-Za-z-]")
_CODED: Final = re.compile(rb"transfer-encoding:[ \t]*(?![ \t]|chunked[ \t]*\Z)", re.IGNORECASE)
_HOST: Final = re.compile(rb"(?:[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
_LENGTH: Final = re.compile(rb"[0-9]{1,18}")

_ORDINARY: Final = frozenset({b"close", b"keep-alive", b"upgrade"})

_LINES: Final = Lines(HttpRequestParser, crossing.of_request)
_STARTS: dict[bytes, Start] = {}
_MOST_STARTS: Final = 4096

Said = dict[bytes, list[bytes]]


def refuse_hopeless(begun: bytes, known: int = 0) -> None:
    """Raise if no head can come of these bytes, so that nobody waits for the rest of it."""
    if len(begun) > MOST_BYTES:
        raise _too_large(begun)
    if _HOPELESS.search(begun, max(0, known - 1)):
        raise MalformedRequest("this is no HTTP request")


def read(head: bytes, peer: Peer) -> Head:
    """The request with this head, its empty line included; raises a ServiceError."""
    if len(head) > MOST_BYTES:
        raise _too_large(head)
    first, *rest = head[:-4].split(b"\r\n")
    if len(rest) > MOST_HEADERS:
        raise HeadTooLarge(f"a request may have {MOST_HEADERS} headers")
    started = _STARTS.get(first) or _start(first)
    lines = _judged(first, rest)
    return _head(started, lines, peer)


def _too_large(head: bytes) -> Exception:
    target = head.partition(b"\r\n")[0].partition(b" ")[2].partition(b" ")[0]
    if len(target) > start.LONGEST_TARGET:
        return start.too_long()
    return HeadTooLarge(f"the head of a request may have {MOST_BYTES} bytes")


def _start(first: bytes) -> Start:
    started = start.read(first)
    if not started.query:  # a query is seldom the same again
        if len(_STARTS) > _MOST_STARTS:
            _STARTS.clear()
        _STARTS[first] = started
    return started


def _judged(first: bytes, rest: list[bytes]) -> Sequence[Line]:
    try:
        return _LINES.read(first, rest)
    except Unsound as error:
        if any(map(_CODED.match, rest)):
            raise UnknownCoding("chunked is the only transfer coding that is spoken here") from None
        raise MalformedRequest(f"this is no HTTP request: {error}") from None


def _head(started: Start, lines: Sequence[Line], peer: Peer) -> Head:
    if not lines:
        raise MalformedRequest("exactly one Host header is needed")
    headers, crossing_lines, specials = zip(*lines, strict=True)
    said: Said = defaultdict(list)
    for (name, value), special in zip(headers, specials, strict=True):
        if special:
            said[name].append(value)
    _check_host(said, started.authority)
    length = _length(said, started.version)
    named = crossing.tokens(said[b"connection"]) if b"connection" in said else frozenset[bytes]()
    if named - _ORDINARY:
        crossing_lines = tuple(crossing.without(crossing_lines, named))
    origin = peer.origin(said)
    return Head(
        method=started.method,
        target=started.target,
        path=started.path,
        query=started.query,
        headers=headers,
        version=started.version,
        peer=peer.address,
        client=origin.client,
        scheme=origin.scheme,
        length=length,
        upgrade=b"upgrade" in named and websocket.asked(started, said, length),
        expects=b"expect" in said and _expects(said, started.version),
        persistent=started.version == "1.1" and b"close" not in named,
        crossing=b"".join(crossing_lines) + origin.told,
    )


def _check_host(said: Said, authority: str) -> None:
    hosts = said[b"host"]
    if len(hosts) != 1:
        raise MalformedRequest("exactly one Host header is needed")
    if not _HOST.fullmatch(hosts[0]):
        raise MalformedRequest("the Host header names no host")
    if authority and authority.encode().lower() != hosts[0].lower():
        raise MalformedRequest("the target names another host than the Host header")


def _length(said: Said, version: str) -> int | None:
    """How long the body is; None if its chunks say so."""
    lengths, codings = said.get(b"content-length", ()), said.get(b"transfer-encoding", ())
    if codings:
        if [coding.lower() for coding in codings] != [b"chunked"]:
            raise UnknownCoding("chunked is the only transfer coding that is spoken here")
        if version == "1.0" or lengths:
            raise MalformedRequest("where the body ends is said in two ways")
        return None
    if not lengths:
        return 0
    if len(lengths) > 1 or not _LENGTH.fullmatch(lengths[0]):
        raise MalformedRequest("Content-Length is no number")
    return int(lengths[0])


def _expects(said: Said, version: str) -> bool:
    if [value.lower() for value in said[b"expect"]] != [b"100-continue"]:
        raise ExpectationFailed("100-continue is the only expectation that is met here")
    return version == "1.1"
