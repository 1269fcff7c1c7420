"""A connection to an instance: sends one request at a time, and reads its answer."""

from __future__ import annotations

import asyncio
from typing import cast

from ..balance.endpoint import Endpoint
from ..chassis.errors import ServiceError
from ..wire import answers, response
from ..wire.framing import Body, Chunked, Counted, UntilClosed
from ..wire.lines import Unsound
from ..wire.response import AnswerHead
from .straight import straighten
from .turn import Turn


class User(Turn):
    """A turn that asks an instance; it is told what comes, in this order, where it wants to be."""

    __slots__ = ()

    def informed(self, head: AnswerHead) -> None:
        """An answer that announces another one, 1xx."""

    def answered(self, head: AnswerHead, part: bytes, complete: bool) -> None:
        """The answer has begun, with this part of its body."""

    def continued(self, part: bytes, complete: bool) -> None:
        """More of the body."""

    def broken(self, reason: str) -> None:
        """The connection is of no use any more, and the answer is not complete."""

    def failed(self, error: ServiceError) -> None:
        """A mistake of ours: the answer cannot be passed on."""

    def raw(self, data: bytes) -> None:
        """What comes once the connection was made a tunnel."""

    def service_full(self, full: bool) -> None:
        """The instance takes nothing more for now, or takes again."""


class Upstream:
    """An asyncio.Protocol; `user` is None while the connection waits for the next request."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self.user: User | None = None
        self.closed = False
        self.silent = True  # not a byte of an answer came
        self.uses = 0
        self.idle_since = 0.0
        self.transport: asyncio.Transport | None = None
        self._begun = b""
        self._sent = b""  # the head that came last, and what it said
        self._head: AnswerHead | None = None
        self._body: Body | None = None
        self._head_only = False
        self._persistent = True
        self._tunnel = False
        self._listening = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def write(self, data: bytes) -> None:
        """Send this to the instance."""
        assert self.transport is not None
        if not self.transport.is_closing():  # as long as nobody was told, it may be called
            self.transport.write(data)

    def begin(self, user: User, message: bytes, *, head_only: bool) -> None:
        """Send the head of a request, and as much of its body as there is."""
        self.user = user
        self.silent = True
        self.uses += 1
        self._head_only = head_only
        transport = self.transport
        if transport is not None and not transport.is_closing():
            transport.write(message)

    def abort(self) -> None:
        """Close it at once."""
        if self.transport is not None:
            self.transport.abort()

    def listen(self, wanted: bool) -> None:
        """Read on, or hold the instance back."""
        if self.transport is None or self.transport.is_closing() or wanted is self._listening:
            return
        self._listening = wanted
        if wanted:
            self.transport.resume_reading()
        else:
            self.transport.pause_reading()

    def tunnel(self, user: User) -> None:
        """From now on everything is passed on to this user, as it comes."""
        self.user = user
        self._tunnel = True
        if self.transport is not None:
            straighten(self.transport, user.raw)

    def leave(self, *, clean: bool) -> bool:
        """The user goes; may the connection be used again?  If not, it is closed."""
        self.user = None
        self._body = None
        if clean and self._persistent and not self.closed:
            if not self._listening:
                self.listen(True)
            return True
        self.abort()
        return False

    def data_received(self, data: bytes) -> None:
        user = self.user
        if user is None:  # nobody asked: what comes now must not become the next one's answer
            self.abort()
            return
        self.silent = False
        try:
            if self._tunnel:
                user.raw(data)
            elif self._body is None:
                self._read_head(user, data)
            else:
                self._read_body(user, self._body, data)
        except Unsound as unsound:  # not `error`: to mypyc, one name is of one type
            self._persistent = False
            user.broken(str(unsound))
        except Exception as error:  # the border: whatever it is, the client is not left waiting
            self._persistent = False
            user.failed(answers.foreseen(error))

    def _read_head(self, user: User, data: bytes) -> None:
        known = len(self._begun)
        if known:
            data = self._begun + data
            self._begun = b""
        head, end = self._head, len(self._sent)
        if head is None or not data.startswith(self._sent):
            end = data.find(b"\r\n\r\n", known - 3 if known > 3 else 0) + 4
            if end < 4:
                response.refuse_hopeless(data, known)
                self._begun = data
                return
            head = response.read(data[:end])
            if head.status < 200:
                self._inform(user, head, data[end:])
                return
            self._sent, self._head = data[:end], head
        self._persistent = head.persistent
        length = 0 if self._head_only or head.bodiless else head.length
        if length is not None and length == len(data) - end:  # all at once, as most answers come
            user.answered(head, data[end:], True)
            return
        self._body = body = _body(head, length)
        part, complete = self._part(body, data[end:])
        user.answered(head, part, complete)

    def _inform(self, user: User, head: AnswerHead, rest: bytes) -> None:
        user.informed(head)
        if rest and self.user is not None:
            self.data_received(rest)

    def _read_body(self, user: User, body: Body, data: bytes) -> None:
        user.continued(*self._part(body, data))

    def _part(self, body: Body, data: bytes) -> tuple[bytes, bool]:
        part, taken = body.take(data)
        if taken < len(data):
            self._persistent = False  # bytes after an answer are dropped, and nothing follows them
        return part, body.complete

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True
        self._persistent = False
        user = self.user
        if user is None:
            return
        if exc is None and isinstance(self._body, UntilClosed):
            user.continued(b"", True)
        else:
            user.broken("the connection ended" if exc is None else f"the connection broke: {exc}")

    def eof_received(self) -> None:
        """The instance says nothing more: the connection ends."""

    def pause_writing(self) -> None:
        if self.user is not None:
            self.user.service_full(True)

    def resume_writing(self) -> None:
        if self.user is not None:
            self.user.service_full(False)


def _body(head: AnswerHead, length: int | None) -> Body:
    if length is not None:
        return Counted(length)
    return Chunked() if head.chunked else UntilClosed()
