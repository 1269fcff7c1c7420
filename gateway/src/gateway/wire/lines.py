"""Header lines, judged by llhttp: each once, and what followed from it is remembered.

Whether a line is sound depends on nothing but its own bytes: it holds no line break, and what the
lines of one head mean together is judged for every head.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Final

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser, HttpResponseParser

from .head import Header

_MOST_REMEMBERED: Final = 4096
_LONGEST_REMEMBERED: Final = 256  # longer ones are tokens and cookies: their blocks are remembered

Parser = type[HttpRequestParser] | type[HttpResponseParser]


class Unsound(Exception):
    """llhttp refuses what was sent; the message says why."""


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """One header; `crosses` is the line as it is passed on, empty if it is not."""

    header: Header  # the name in lower case
    crosses: bytes
    special: bool  # it says something about the message or the connection


class Lines:
    """The lines of one kind of message; `understand` makes a Line of a name and a value."""

    def __init__(
        self,
        parser: Parser,
        start: bytes,
        understand: Callable[[bytes, bytes], Line],
        *,
        apart: Collection[bytes],
    ) -> None:
        """`start` is the first line that stands before lines which are judged alone; `apart` are
        the headers that differ in every message."""
        self._parser = parser
        self._start = start
        self._understand = understand
        self._apart = apart
        # Nothing of such a line can be in doubt; all other ones are for llhttp.
        self._plain = re.compile(b"(%b): ([!-~]+)" % b"|".join(sorted(apart)), re.IGNORECASE)
        self._known: dict[bytes, Line] = {}

    def read(
        self, lines: Sequence[bytes], start: bytes = b""
    ) -> tuple[Sequence[Line], tuple[Header, ...]]:
        """These lines, but for the headers among them that stand apart; raises Unsound.

        Only a first line that is unusual need be judged with them.
        """
        found = list(map(self._known.get, lines))
        if None not in found and not start:
            return found, ()  # type: ignore[return-value]  # nothing in it is None
        apart: list[Header] = []
        unknown = []
        for place, known in enumerate(found):
            if known is not None:
                continue
            plain = self._plain.fullmatch(lines[place])
            if plain is None:
                unknown.append(place)
            else:
                apart.append((plain[1].lower(), plain[2]))
        if unknown or start:
            judged = self._judge(start or self._start, [lines[place] for place in unknown])
            for place, line in zip(unknown, judged, strict=True):
                if line.header[0] in self._apart:
                    apart.append(line.header)
                else:
                    found[place] = line
        return [line for line in found if line is not None], tuple(apart)

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
        self._remember(lines, judged)
        return judged

    def _remember(self, lines: list[bytes], judged: list[Line]) -> None:
        if len(self._known) > _MOST_REMEMBERED:
            self._known.clear()
        for line, understood in zip(lines, judged, strict=True):
            if len(line) <= _LONGEST_REMEMBERED and understood.header[0] not in self._apart:
                self._known[line] = understood


class _Collected:
    def __init__(self) -> None:
        self.headers: list[tuple[bytes, bytes]] = []
        self.complete = False

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name, value.strip(b" \t")))

    def on_headers_complete(self) -> None:
        self.complete = True
