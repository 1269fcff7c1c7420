"""A request after all checks of the wire: its first line, its headers, and where it comes from.

Clients repeat themselves: the same header lines are the same Block, so that what follows from them
can be remembered by its identity.  What differs in every request, the headers that name it, stands
apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

Header = tuple[bytes, bytes]


@dataclass(frozen=True, slots=True, eq=False)
class Start:
    """What the first line says but for the query; `authority` only if the target names a host."""

    method: str
    path: str  # canonical and still encoded: what is matched, judged and forwarded
    version: str  # "1.0" or "1.1"
    authority: str
    usual: bool  # as nearly all: what its headers mean depends on nothing but themselves


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """What the headers say, but those that name the request."""

    headers: tuple[Header, ...]  # as sent; names in lower case
    said: Mapping[bytes, list[bytes]]  # what is special among them, by name
    crossing: bytes  # those that are passed on, as lines
    length: int | None  # of the body; None: chunked
    expects: bool  # the body comes after `100 Continue`
    persistent: bool  # the client wants the connection kept
    websocket: bool  # it means to become a WebSocket
    lasting: bool = True  # it is remembered, and so may be what follows from it


@dataclass(frozen=True, slots=True, eq=False)
class Origin:
    """Where a request comes from; `told` are the lines that say it to the service."""

    client: str  # the peer, or whom it speaks for if it is a trusted proxy
    scheme: str  # "http" or "https"; a trusted proxy may say so
    told: bytes


class Head:
    """A request as the client sent it."""

    __slots__ = ("block", "brought", "origin", "query", "start", "upgrade")

    def __init__(
        self,
        start: Start,
        block: Block,
        origin: Origin,
        query: bytes = b"",
        brought: Sequence[Header] = (),
    ) -> None:
        self.start = start
        self.query = query  # with the `?`, byte for byte; empty if there is none
        self.block = block
        self.origin = origin
        self.brought = brought  # the headers that name it
        self.upgrade = block.websocket  # the handshake of a WebSocket

    @classmethod
    def nothing(cls, client: str) -> Head:
        """What stands for a request that could not be understood."""
        return cls(_NO_START, _NO_BLOCK, Origin(client, "http", b""))

    @property
    def method(self) -> str:
        return self.start.method

    @property
    def path(self) -> str:
        return self.start.path

    @property
    def version(self) -> str:
        return self.start.version

    @property
    def headers(self) -> tuple[Header, ...]:
        """All of them; those that name the request stand last."""
        return (*self.block.headers, *self.brought)

    @property
    def length(self) -> int | None:
        return self.block.length

    @property
    def expects(self) -> bool:
        return self.block.expects

    @property
    def persistent(self) -> bool:
        return self.block.persistent

    @property
    def client(self) -> str:
        return self.origin.client

    @property
    def scheme(self) -> str:
        return self.origin.scheme

    def header(self, name: bytes) -> bytes | None:
        """The value of the first header of this name."""
        return next((value for known, value in self.headers if known == name), None)

    def header_values(self, name: bytes) -> list[bytes]:
        return [value for known, value in self.headers if known == name]


_NO_START: Final = Start("", "", "1.1", "", usual=False)
_NO_BLOCK: Final = Block((), {}, b"", 0, False, True, False)
