"""The head of an answer: from its bytes to what the client is told, or to the reason why not."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from httptools import HttpResponseParser

from . import crossing
from .answers import status_line
from .lines import Line, Lines, Unsound

MOST_BYTES: Final = 32 * 1024
_MOST_REMEMBERED: Final = 1024
_LONGEST_REMEMBERED: Final = 2048

_FIRST: Final = re.compile(rb"HTTP/1\.([01]) ([1-5][0-9][0-9])(?: [^\0]*)?")
_HOPELESS: Final = re.compile(rb"(?<!\r)\n|\r(?!\n|\Z)|\0|\A(?!HTTP/1|H?T?T?P?/?\Z)")
_LENGTH: Final = re.compile(rb"[0-9]{1,18}")
SWITCHING: Final = 101
_NO_CONTENT: Final = 204
_BODILESS: Final = frozenset({_NO_CONTENT, 304})

_LINES: Final = Lines(
    HttpResponseParser, b"HTTP/1.1 200 OK", crossing.of_answer, apart=crossing.IDS
)
_HEADS: dict[bytes, AnswerHead] = {}
_BLOCKS: dict[tuple[bytes | Line, ...], AnswerHead] = {}
_STARTS: set[bytes] = set()


@dataclass(frozen=True, slots=True, eq=False)
class AnswerHead:
    """An answer as the service began it, after all checks of the wire."""

    status: int
    opening: bytes  # the status line and the headers that are passed on, with Content-Length
    length: int | None  # None: chunked, or until the connection ends
    chunked: bool
    persistent: bool
    location: bytes | None
    accept: bytes | None  # Sec-WebSocket-Accept, of a connection that becomes a WebSocket
    bodiless: bool  # no body follows, whatever the headers say


def refuse_hopeless(begun: bytes, known: int = 0) -> None:
    """Raise Unsound if no head can come of these bytes."""
    if len(begun) > MOST_BYTES or _HOPELESS.search(begun, max(0, known - 1)):
        raise Unsound("no head of an answer")


def read(head: bytes) -> AnswerHead:
    """The answer with this head, its empty line included; raises Unsound."""
    return _HEADS.get(head) or _recognized(head)


def _recognized(head: bytes) -> AnswerHead:
    """Known by its lines, of which the ids of the request are new in every answer."""
    if len(head) > MOST_BYTES:
        raise Unsound("the head is too large")
    first, *rest = head[:-4].split(b"\r\n")
    lines, ids = _LINES.read(rest, b"" if first in _STARTS else first)
    known = _BLOCKS.get((first, *lines))
    if known is None:
        known = _understood(first, lines)
        if len(head) <= _LONGEST_REMEMBERED:
            _make_room()
            _STARTS.add(first)
            _BLOCKS[first, *lines] = known
    if not ids and len(head) <= _LONGEST_REMEMBERED:
        _make_room()
        _HEADS[head] = known
    return known


def _make_room() -> None:
    for memory in (_HEADS, _BLOCKS, _STARTS):
        if len(memory) > _MOST_REMEMBERED:
            memory.clear()


def _understood(first: bytes, lines: Sequence[Line]) -> AnswerHead:
    found = _FIRST.fullmatch(first)
    if found is None:
        raise Unsound("the status line is none")
    said: dict[bytes, list[bytes]] = {}
    for line in lines:
        if line.special:
            said.setdefault(line.header[0], []).append(line.header[1])
    status = int(found[2])
    named = crossing.tokens(said.get(b"connection", []))
    codings, lengths = said.get(b"transfer-encoding", []), said.get(b"content-length", [])
    _check_framing(found[1], codings, lengths)
    return AnswerHead(
        status=status,
        opening=status_line(status) + _crossing(lines, named) + _told(status, lengths),
        length=int(lengths[0]) if lengths else None,
        chunked=bool(codings),
        persistent=found[1] == b"1" and b"close" not in named,
        location=_only(said.get(b"location", [])),
        accept=_accept(status, said, named),
        bodiless=status < 200 or status in _BODILESS,
    )


def _check_framing(version: bytes, codings: list[bytes], lengths: list[bytes]) -> None:
    if codings and (lengths or version == b"0"):
        raise Unsound("where the body ends is said in two ways")
    if codings and [coding.lower() for coding in codings] != [b"chunked"]:
        raise Unsound("an unknown transfer coding")
    if len(lengths) > 1 or not all(map(_LENGTH.fullmatch, lengths)):
        raise Unsound("Content-Length is no number")


def _crossing(lines: Sequence[Line], named: frozenset[bytes]) -> bytes:
    passed = tuple(line.crosses for line in lines)
    return b"".join(crossing.without(passed, named) if named else passed)


def _told(status: int, lengths: list[bytes]) -> bytes:
    """Content-Length, if it has a meaning: of HEAD and 304 it is that of another answer's body."""
    has_one = lengths and status >= 200 and status != _NO_CONTENT
    return crossing.written(b"content-length", lengths[0]) if has_one else b""


def _only(values: list[bytes]) -> bytes | None:
    if len(values) > 1:
        raise Unsound("more than one Location")
    return values[0] if values else None


def _accept(status: int, said: dict[bytes, list[bytes]], named: frozenset[bytes]) -> bytes | None:
    if status != SWITCHING or b"upgrade" not in named:
        return None
    protocols = [value.lower() for value in said.get(b"upgrade", ())]
    accepts = said.get(b"sec-websocket-accept", [])
    return accepts[0] if protocols == [b"websocket"] and len(accepts) == 1 else None
