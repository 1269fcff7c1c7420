"""Where a body ends: counted, never guessed, and written anew for the other side."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

from httptools import HttpParserError, HttpRequestParser

from . import crossing
from .lines import Unsound

_END: Final = b"\r\n\r\n"
_LAST_CHUNK: Final = b"0\r\n\r\n"
_MOST_OVERHEAD: Final = 32 * 1024
_CHUNKED_HEAD: Final = b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n"


class Body(Protocol):
    """Takes the bytes of a connection as long as they belong to one body."""

    complete: bool

    def take(self, data: bytes) -> tuple[bytes, int]:
        """The part of the body in these bytes, and how many of them belonged to it.

        Raises Unsound; what is left over after the end of the body is not taken.
        """


class Counted:
    """A body of known length."""

    def __init__(self, length: int) -> None:
        self.left = length
        self.complete = length == 0

    def take(self, data: bytes) -> tuple[bytes, int]:
        size = len(data)
        if size < self.left:
            self.left -= size
            return data, size
        taken, self.left, self.complete = self.left, 0, True
        return (data if size == taken else data[:taken]), taken


NOTHING: Final = Counted(0)


class UntilClosed:
    """A body that ends with its connection."""

    complete = False

    def take(self, data: bytes) -> tuple[bytes, int]:
        return data, len(data)


class Chunked:
    """A body in chunks, read by llhttp; `judge_trailer` may raise Unsound."""

    def __init__(self, judge_trailer: Callable[[bytes], None] = lambda name: None) -> None:
        self.complete = False
        self._judge_trailer = judge_trailer
        self._parts: list[bytes] = []
        self._tail = b""
        self._overhead = 0
        self._in_body = False
        self._parser = HttpRequestParser(self)
        self._parser.feed_data(_CHUNKED_HEAD)
        self._in_body = True

    def take(self, data: bytes) -> tuple[bytes, int]:
        taken = self._feed(data)
        body = b"".join(self._parts)
        self._parts.clear()
        self._overhead = 0 if body else self._overhead + taken
        if self._overhead > _MOST_OVERHEAD:
            raise Unsound("a chunk has too much around it")
        return body, taken

    def _feed(self, data: bytes) -> int:
        """Feed llhttp up to the end of the body, which it knows: it is behind some empty line."""
        begun = 0
        while not self.complete and begun < len(data):
            end = self._next_empty_line(data, begun)
            self._parse(data[begun:end] if begun or end < len(data) else data)
            self._tail = (self._tail + data[begun:end])[-3:]
            begun = end
        return begun

    def _next_empty_line(self, data: bytes, begun: int) -> int:
        """Behind the next one, which may have begun in earlier data; else behind all."""
        straddling = (self._tail + data[begun : begun + 3]).find(_END)
        if straddling >= 0:
            return begun + straddling + len(_END) - len(self._tail)
        found = data.find(_END, begun)
        return found + len(_END) if found >= 0 else len(data)

    def _parse(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except HttpParserError as error:
            cause = error.__context__
            raise cause if isinstance(cause, Unsound) else Unsound(str(error)) from error

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._in_body:  # the headers of _CHUNKED_HEAD are ours
            self._judge_trailer(name.lower())

    def on_body(self, part: bytes) -> None:
        self._parts.append(part)

    def on_message_complete(self) -> None:
        self.complete = True


def judge_trailer(name: bytes) -> None:
    """Raise Unsound if a trailer is named like a header that only the head may have."""
    if not crossing.of_request(name, b"").crosses:
        raise Unsound(f"{name.decode()} is no trailer")


def chunk(part: bytes, last: bool) -> bytes:
    """This part of a body as a chunk, and the end behind it if it was the last part."""
    written = b"%x\r\n%b\r\n" % (len(part), part) if part else b""
    return written + _LAST_CHUNK if last else written
