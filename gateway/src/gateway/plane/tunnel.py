"""A WebSocket after its handshake: bytes pass both ways, and nobody looks into them."""

from __future__ import annotations

import time
from collections.abc import Callable
from time import monotonic
from typing import Final

from ..wire.frames import Frames, close_frame
from .turn import Connection
from .upstream import Upstream, User

GOING_AWAY: Final = 1001
UNAUTHENTICATED: Final = 4401  # as the services say it
_GOODBYE_SECONDS: Final = 2.0

Closed = Callable[[int, int, str], None]


class Tunnel(User):
    """The turn of a conversation; `closed` is told how much went each way, and why it ended."""

    def __init__(
        self, client: Connection, upstream: Upstream, expires: float, closed: Closed
    ) -> None:
        self._client = client
        self._upstream = upstream
        self._expires = expires
        self._closed = closed
        self._frames = Frames()  # those that the client gets
        self._sent = self._received = 0
        self._farewell = 0  # the code of the close frame that is still to be sent
        self._ends_at = 0.0
        self._reason = ""

    def open(self) -> None:
        self._upstream.tunnel(self)
        self._client.hand_to(self)
        self._client.straighten(self.take)

    def take(self, data: bytes) -> int:
        self._sent += len(data)
        service = self._upstream.transport
        if service is not None and not service.is_closing():
            service.write(data)
        return len(data)

    def raw(self, data: bytes) -> None:
        self._frames.passing(data)
        self._received += len(data)
        if not self._ends_at:
            self._client.write(data)
        elif self._farewell:  # else the client was told that nothing follows
            self._client.write(data)
            self._say_farewell()

    def check(self, now: float) -> None:
        if self._ends_at:
            if now > self._ends_at:
                self._end(self._reason)
        elif time.time() > self._expires:
            self._close(UNAUTHENTICATED, "the token expired")

    def client_full(self, full: bool) -> None:
        self._upstream.listen(not full)

    def service_full(self, full: bool) -> None:
        self._client.hold(full)

    def abandoned(self) -> None:
        self._end("")

    def broken(self, reason: str) -> None:
        self._end("")

    def stop(self) -> None:
        self._close(GOING_AWAY, "the gateway stops")

    def _close(self, code: int, reason: str) -> None:
        """Tell both sides, and give them a moment to say goodbye."""
        if self._ends_at:
            return
        self._ends_at = monotonic() + _GOODBYE_SECONDS
        self._reason = reason
        self._farewell = code
        self._say_farewell()

    def _say_farewell(self) -> None:
        """As soon as no frame is on its way: a frame cannot be put into another one."""
        if self._farewell and self._frames.between:
            self._client.write(close_frame(self._farewell, masked=False))
            self._farewell = 0

    def _end(self, reason: str) -> None:
        self._upstream.leave(clean=False)
        self._closed(self._sent, self._received, reason)
        self._client.next(close=True)
