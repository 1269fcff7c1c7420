"""What a client sends and nobody wants: read and dropped, within bounds."""

from __future__ import annotations

from time import monotonic
from typing import Final

from ..wire.framing import Counted
from .turn import Connection, Turn

MOST_DISCARDED: Final = 64 * 1024
_SECONDS: Final = 2.0


class _Leftovers(Turn):
    """A turn in which nothing is answered."""

    def __init__(self, client: Connection) -> None:
        self._client = client
        self._ends_at = monotonic() + _SECONDS

    def check(self, now: float) -> None:
        if now > self._ends_at:
            self._client.cut()


class Discard(_Leftovers):
    """The body of a request that was answered without it; the connection is used again."""

    def __init__(self, client: Connection, length: int) -> None:
        super().__init__(client)
        self._body = Counted(length)

    def take(self, data: bytes) -> int:
        _, taken = self._body.take(data)
        if self._body.complete:
            self._client.next(close=False)
        return taken


class Linger(_Leftovers):
    """The last bytes before the end.

    A connection that is closed with something unread is reset, and the client may lose the answer
    that it was just sent.
    """

    def take(self, data: bytes) -> int:
        return len(data)
