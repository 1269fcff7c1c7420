"""The head of a request: from its bytes to a Head, or to the reason why it is refused."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from httptools import HttpRequestParser

from ..errors import ExpectationFailed, HeadTooLarge, MalformedRequest, UnknownCoding
from . import crossing, start, websocket
from .head import Block, Head, Header, Start
from .lines import Line, Lines, Unsound
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
# The headers that name a request, as most write them; other spellings are for the lines' reader.
NAMING: Final = re.compile(
    rb"\n([Xx]-(?:[Rr]equest|[Tt]race)-[Ii][Dd]|[Tt]race(?:parent|state)): ([!-~]+)\r"
)
_BLOCKS: dict[bytes, Block] = {}  # by all lines but those
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
    end = head.find(b"\r\n")
    first = head[:end]
    started, query = start.read(first)
    pieces = NAMING.split(head[end:-2])
    lasting = b"".join(pieces[::3]) if len(pieces) > 1 else pieces[0]
    block = _BLOCKS.get(lasting) if started.usual else None
    if block is None:
        block, brought = _understood(head, first, started, lasting)
    else:
        brought = tuple(zip(map(bytes.lower, pieces[1::3]), pieces[2::3], strict=True))
        _check_count(len(block.headers) + len(brought))
    if block.websocket:
        websocket.check(started, block)
    return Head(started, block, peer.origin(block.said), query, brought)


def _check_count(headers: int) -> None:
    if headers > MOST_HEADERS:
        raise HeadTooLarge(f"a request may have {MOST_HEADERS} headers")


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


def _understood(
    head: bytes, first: bytes, started: Start, lasting: bytes
) -> tuple[Block, tuple[Header, ...]]:
    """A block that is not known, which is remembered by the bytes of it that may come again."""
    _, *sent = head[:-4].split(b"\r\n")
    _check_count(len(sent))
    lines, brought = _judged(first if started.authority else b"", sent)
    # Nothing that names the request may be left in it, written as few write it.
    clean = lasting.count(b"\r\n") == len(lines) + 1
    keep = started.usual and clean and len(lasting) <= _LONGEST_BLOCK
    block = _block(started.version, lines, lasting=keep)
    if started.authority:
        _check_authority(started.authority, block)
    if keep:
        if len(_BLOCKS) >= _MOST_BLOCKS:
            _BLOCKS.clear()
        _BLOCKS[lasting] = block
    return block, brought


def _block(version: str, lines: Sequence[Line], *, lasting: bool) -> Block:
    """What these lines mean together."""
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
