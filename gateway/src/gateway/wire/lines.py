"""Header lines, judged by llhttp: each once, and what followed from it is remembered.

Whether a line is sound depends on nothing but its own bytes: it holds no line break, and what the
lines of one head mean together is judged for every head.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser, HttpResponseParser

_MOST_REMEMBERED: Final = 4096
_LONGEST_REMEMBERED: Final = 2048
_NEVER_THE_SAME: Final = frozenset({b"traceparent", b"tracestate", b"x-request-id", b"x-trace-id"})

Parser = type[HttpRequestParser] | type[HttpResponseParser]


class Unsound(Exception):
    """llhttp refuses what was sent; the message says why."""


class Line(NamedTuple):
    """One header; `crosses` is the line as it is passed on, empty if it is not."""

    header: tuple[bytes, bytes]  # the name in lower case
    crosses: bytes
    special: bool  # it says something about the message or the connection


class Lines:
    """The lines of one kind of message; `understand` makes a Line of a name and a value."""

    def __init__(self, parser: Parser, understand: Callable[[bytes, bytes], Line]) -> None:
        self._parser = parser
        self._understand = understand
        self._known: dict[bytes, Line] = {}
        self._starts: set[bytes] = set()

    def read(self, start: bytes, lines: Sequence[bytes]) -> Sequence[Line]:
        """The lines below this first line; raises Unsound."""
        found = list(map(self._known.get, lines))
        if None in found or start not in self._starts:
            unknown = [line for line, known in zip(lines, found, strict=True) if known is None]
            judged = iter(self._judge(start, unknown))
            found = [known or next(judged) for known in found]
        return found  # type: ignore[return-value]  # nothing is None any more

    def _judge(self, start: bytes, lines: list[bytes]) -> list[Line]:
        collected = _Collected()
        try:
            self._parser(collected).feed_data(b"\r\n".join([start, *lines, b"", b""]))
        except HttpParserUpgrade:
            pass  # all of the head was read before
        except HttpParserError as error:
            raise Unsound(str(error)) from error
        if len(collected.headers) != len(lines) or not collected.complete:
            raise Unsound("the lines are no headers")
        judged = [self._understand(name.lower(), value) for name, value in collected.headers]
        self._remember(start, lines, judged)
        return judged

    def _remember(self, start: bytes, lines: list[bytes], judged: list[Line]) -> None:
        if len(self._known) > _MOST_REMEMBERED:
            self._known.clear()
        if len(self._starts) > _MOST_REMEMBERED:
            self._starts.clear()
        for line, understood in zip(lines, judged, strict=True):
            if len(line) <= _LONGEST_REMEMBERED and understood.header[0] not in _NEVER_THE_SAME:
                self._known[line] = understood
        if len(start) <= _LONGEST_REMEMBERED and b"?" not in start:
            self._starts.add(start)


class _Collected:
    def __init__(self) -> None:
        self.headers: list[tuple[bytes, bytes]] = []
        self.complete = False

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name, value.strip(b" \t")))

    def on_headers_complete(self) -> None:
        self.complete = True
