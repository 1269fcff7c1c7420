"""The head of a request: from its bytes to a Head, or to the reason why it is refused."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from httptools import HttpRequestParser

from ..errors import ExpectationFailed, HeadTooLarge, MalformedRequest, UnknownCoding
from . import crossing, start, websocket
from .head import Block, Head, Header
from .lines import LONGEST_REMEMBERED, Line, Lines, Unsound
from .peer import Peer

MOST_BYTES: Final = 32 * 1024
MOST_HEADERS: Final = 100

# A line that ends without CR LF, a CR alone, a NUL, or no method at the start.
_HOPELESS: Final = re.compile(rb"(?<!\r)\n|\r(?!\n|\Z)|\0|\A[^!#-'*+.^_`|~0-9A-Za-z-]")
_CODED: Final = re.compile(rb"transfer-encoding:[ \t]*(?![ \t]|chunked[ \t]*\Z)", re.IGNORECASE)
_HOST: Final = re.compile(rb"(?:[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
_LENGTH: Final = re.compile(rb"[0-9]{1,18}")

_ORDINARY: Final = frozenset({b"close", b"keep-alive", b"upgrade"})

_LINES: Final = Lines(
    HttpRequestParser, b"GET / HTTP/1.1", crossing.of_request, apart=crossing.NAMES
)
_BLOCKS: dict[tuple[str | Line, ...], Block] = {}
_MOST_BLOCKS: Final = 2048
_LONGEST_BLOCK: Final = 4096

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
    started = start.read(first)
    lines, brought = _judged(first if started.authority else b"", rest)
    block = _BLOCKS.get((started.version, *lines)) or _block(started.version, lines, rest)
    origin = peer.origin(block.said)
    if started.authority:
        _check_authority(started.authority, block)
    if block.websocket:
        websocket.check(started, block)
    return Head(started, block, origin, brought, upgrade=block.websocket)


def _too_large(head: bytes) -> Exception:
    target = head.partition(b"\r\n")[0].partition(b" ")[2].partition(b" ")[0]
    if len(target) > start.LONGEST_TARGET:
        return start.too_long()
    return HeadTooLarge(f"the head of a request may have {MOST_BYTES} bytes")


def _judged(first: bytes, rest: list[bytes]) -> tuple[Sequence[Line], tuple[Header, ...]]:
    try:
        return _LINES.read(rest, first)
    except Unsound as error:
        if any(map(_CODED.match, rest)):
            raise UnknownCoding("chunked is the only transfer coding that is spoken here") from None
        raise MalformedRequest(f"this is no HTTP request: {error}") from None


def _block(version: str, lines: Sequence[Line], sent: list[bytes]) -> Block:
    """What these lines mean together, remembered if the lines themselves are."""
    sizes = [len(line) for line in sent]
    lasting = sum(sizes) <= _LONGEST_BLOCK and max(sizes, default=0) <= LONGEST_REMEMBERED
    understood = _understood(version, lines, lasting=lasting)
    if lasting:
        if len(_BLOCKS) >= _MOST_BLOCKS:
            _BLOCKS.clear()
        _BLOCKS[version, *lines] = understood
    return understood


def _understood(version: str, lines: Sequence[Line], *, lasting: bool) -> Block:
    said: Said = {}
    for line in lines:
        if line.special:
            name, value = line.header
            said.setdefault(name, []).append(value)
    _check_host(said)
    named = crossing.tokens(said.get(b"connection", ()))
    passed = tuple(line.crosses for line in lines)
    return Block(
        headers=tuple(line.header for line in lines),
        said=said,
        crossing=b"".join(crossing.without(passed, named) if named - _ORDINARY else passed),
        length=_length(said, version),
        expects=b"expect" in said and _expects(said, version),
        persistent=version == "1.1" and b"close" not in named,
        websocket=websocket.wanted(said, named),
        lasting=lasting,
    )


def _check_host(said: Said) -> None:
    hosts = said.get(b"host", ())
    if len(hosts) != 1:
        raise MalformedRequest("exactly one Host header is needed")
    if not _HOST.fullmatch(hosts[0]):
        raise MalformedRequest("the Host header names no host")


def _check_authority(authority: str, block: Block) -> None:
    if authority.encode().lower() != block.said[b"host"][0].lower():
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
