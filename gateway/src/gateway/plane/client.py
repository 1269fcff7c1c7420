"""The connection of a client: reads one head after the other, and gives each its turn."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable
from time import monotonic
from typing import Final

from ..chassis.errors import ServiceError
from ..errors import ClientTooSlow
from ..wire import answers, naming, request
from ..wire.contract import Head, Outcome, Refuse
from ..wire.peer import Peer
from ..wire.reader import Reader
from .hearing import Hearing
from .leftovers import Linger
from .news import has_news
from .plane import Plane, serves
from .straight import straighten
from .turn import Connection, Turn

_END: Final = b"\r\n\r\n"
_MOST_HELD: Final = 64 * 1024
_RESET: Final = struct.pack("ii", 1, 0)  # SO_LINGER for no time at all: closing sends RST

# Begins the turn of a request that is not for the services, given the bytes of its head.
Application = Callable[[Head, bytes], Turn]


class Client(Connection):
    """`_turn` is None while the connection waits for a head."""

    def __init__(
        self, plane: Plane, transport: asyncio.Transport, peer: Peer, application: Application
    ) -> None:
        self.full = False
        self._plane = plane
        self._transport = transport
        self._peer = peer
        self._reader = Reader(peer)
        self._application = application
        self.tell = plane.edge.finished
        self._hearing = Hearing(plane, self)
        self._turn: Turn | None = None
        self._pending = b""
        self._head: Head | None = None
        self._still = self._paused = self._gone = self._closing = False
        self._since = monotonic()  # the connection waits for a head, or for its end
        self._allowed = plane.timeouts.head
        self._idle = plane.timeouts.idle
        self._full_since = 0.0
        plane.watch.watched.add(self)

    @property
    def ending(self) -> bool:
        return self._plane.stopping() or self._head is None or not self._head.block.persistent

    def data_received(self, data: bytes) -> None:
        turn = self._turn
        try:
            if turn is None:
                self._read_head(data)
            elif self._pending:
                self._pending += data
                self._regulate()
            else:
                self._feed(turn, data)
        except Exception as error:  # the border: whatever it is, the client is not left waiting
            self.fail(error)

    def lost(self) -> None:
        self._gone = True
        self._plane.watch.watched.discard(self)
        turn, self._turn = self._turn, None
        if turn is not None:
            turn.abandoned()

    def client_full(self, full: bool) -> None:
        self.full = full
        self._full_since = monotonic()
        if self._turn is not None:
            self._turn.client_full(full)

    def stop(self) -> None:
        """The server stops: only who is about to ask is answered once more."""
        if self._turn is None:
            self._allowed = min(self._allowed, self._plane.timeouts.last)
        else:
            self._turn.stop()
        self._idle = min(self._idle, self._plane.timeouts.last)

    def check(self, now: float) -> None:
        write = self._plane.timeouts.write
        if (self.full and now - self._full_since > write) or (
            self._closing and now - self._since > write
        ):
            self._transport.abort()
        elif self._turn is not None:
            try:
                self._turn.check(now)
            except Exception as error:  # the border, for whoever is looked at after this one
                self.fail(error)
        elif not self._closing and now - self._since > self._allowed:
            self._overdue()

    # What a turn does with the connection.

    def write(self, data: bytes) -> None:
        if not self._transport.is_closing():  # as long as nobody was told, it may be called
            self._transport.write(data)

    def hold(self, still: bool) -> None:
        self._still = still
        self._regulate()

    def next(self, *, close: bool, unread: bool = False) -> None:
        self._turn = None
        if self._gone:
            return
        self._since = monotonic()
        if close:
            self._pending = b""
            self._close(unread)
        elif self._pending:
            asyncio.get_running_loop().call_soon(self._go_on)
        self._allowed = self._idle
        if self._still or self._paused:
            self.hold(False)

    def hand_to(self, turn: Turn) -> None:
        self._turn = turn
        if self._pending:
            data, self._pending = self._pending, b""
            self.data_received(data)
            self._regulate()

    def straighten(self, passed: Callable[[bytes], object]) -> None:
        straighten(self._transport, passed)

    def cut(self) -> None:
        self._turn = None
        self._close(unread=False)

    def reset(self) -> None:
        connection: socket.socket = self._transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self._turn = None
        self._transport.abort()

    # How heads are found.

    def _read_head(self, data: bytes) -> None:
        known = len(self._pending)
        if known:
            data = self._pending + data
            self._pending = b""
        head = self._reader.again(data)
        if head is None:
            end = data.find(_END, known - 3 if known > 3 else 0) + 4
            if end < 4:
                self._wait_for_the_rest(data, known)
                return
            if end < len(data):
                self._pending = data[end:]
                data = data[:end]
            try:
                head = self._reader.read(data)
            except Exception as error:  # the border, as above
                self._refuse(answers.foreseen(error))
                return
        self._head = head
        if serves(head.start.path):
            self._hearing.hear(head)
        else:
            self.hand_to(self._application(head, data))

    def _wait_for_the_rest(self, data: bytes, known: int) -> None:
        try:
            request.refuse_hopeless(data, known)
        except Exception as error:  # the border, as above
            self._refuse(answers.foreseen(error))
            return
        if not known:
            self._since, self._allowed = monotonic(), self._plane.timeouts.head
        self._pending = data

    def _refuse(self, error: ServiceError) -> None:
        """What came is no request, so there is no other one behind it."""
        self._pending = b""
        names = naming.name(())
        own = answers.refusal(error, "", names)
        self.write(own.written(close=True))
        nothing = Head.nothing(self._peer.address)
        outcome = Outcome(own.status, 0, 0, 0.0, names, failure=str(error))
        self.tell(nothing, Refuse(error), outcome)
        self.next(close=True, unread=True)

    def _feed(self, turn: Turn, data: bytes) -> None:
        taken = turn.take(data)
        if taken < len(data) and not self._closing:
            self._pending = data[taken:]
            self._regulate()
            if self._turn is None:
                asyncio.get_running_loop().call_soon(self._go_on)

    def _go_on(self) -> None:
        """With what came while somebody else had the turn."""
        if self._turn is None and self._pending and not (self._gone or self._closing):
            data, self._pending = self._pending, b""
            self._regulate()
            self.data_received(data)

    def _regulate(self) -> None:
        pause = self._still or len(self._pending) > _MOST_HELD
        if pause is not self._paused and not self._transport.is_closing():
            self._paused = pause
            (self._transport.pause_reading if pause else self._transport.resume_reading)()

    # How it ends.

    def fail(self, error: Exception) -> None:
        """Where the next request would begin is not known any more."""
        self._head = None
        turn, shown = self._turn, answers.foreseen(error)
        try:
            if turn is not None:
                turn.failed(shown)
        finally:
            if self._turn is turn:
                self.cut()

    def _overdue(self) -> None:
        if self._pending:
            self._refuse(ClientTooSlow("the head of the request did not come in time"))
        elif not has_news(self._transport):  # else a request has come, and is read next
            self._close(unread=False)

    def _close(self, unread: bool) -> None:
        if unread and self._transport.can_write_eof() and not self._transport.is_closing():
            self._transport.write_eof()
            self._turn = Linger(self)
            return
        self._closing = True
        self._since = monotonic()
        self._transport.close()
