"""One request on its way to a service, and the answer on its way back; neither is whole here."""

from __future__ import annotations

from time import monotonic
from typing import Final

from ..chassis.errors import BadGateway, ServiceError
from ..wire import answers
from ..wire.contract import Forward, Head, Names, Outcome
from ..wire.crossing import headers_of
from ..wire.framing import chunk
from ..wire.outgoing import outgoing
from ..wire.response import SWITCHING, AnswerHead
from ..wire.websocket import accept_of
from .delivery import Delivery
from .download import AS_IT_CAME, framing
from .patience import Patience, Waiting
from .pool import Pool
from .tunnel import Tunnel
from .turn import Connection
from .upload import upload_of
from .upstream import Upstream, User

CLIENT_LEFT: Final = 499  # nginx's number for a client that closed before its answer
_MOST_UNSENT: Final = 64 * 1024
_AWAY: Final = frozenset({502, 503, 504})  # what says that a service as a whole is not well


class Exchange(User):
    """The turn of a request that is forwarded."""

    _patience: Patience | None = None  # most end before anybody asks
    _upstream: Upstream | None = None
    _service_full = False
    _moved = False
    _unsent = b""  # of the body, while there is no connection
    _status = CLIENT_LEFT
    _received = 0  # bytes of the answer's body
    _answered = False
    _framing = AS_IT_CAME

    def __init__(
        self, client: Connection, pool: Pool, head: Head, forward: Forward, names: Names
    ) -> None:
        plan, hash_by = forward.plan, forward.plan.group.hash_by
        self._client, self._pool = client, pool
        self._head, self._forward, self._names = head, forward, names
        self._delivery = Delivery(pool, plan, head.header(hash_by) if hash_by else None)
        self._began = monotonic()
        self._upload = upload_of(head, plan.limits.body_bytes)

    def begin(self) -> None:
        """Send the head, with what of the body was taken before."""
        if self._status != CLIENT_LEFT:  # that was no body, and the client was told so
            return
        try:
            self._upload.admit()
            self._delivery.begin(self, self._began)
        except Exception as error:  # the border: one that nobody foresaw is logged there
            self._refuse(error)
            return
        if self._head.expects and not self._upload.complete:
            self._client.write(answers.CONTINUE)

    def take_over(self, upstream: Upstream, began: float) -> None:
        """The request, which has no body, was sent here."""
        self._began = began
        self._upstream = upstream
        self._delivery.begun(upstream.endpoint)
        upstream.user = self
        self._client.hand_to(self)

    # What the client does.

    def take(self, data: bytes) -> int:
        if self._upload.complete:
            return 0
        try:
            passed, taken = self._upload.take(data)
        except ServiceError as error:
            self._refuse(error)
            return len(data)
        self._moved = True
        if self._upstream is not None:
            self._upstream.write(passed)
        else:
            self._unsent += passed
            self._client.hold(len(self._unsent) > _MOST_UNSENT)
        return taken

    def client_full(self, full: bool) -> None:
        if self._upstream is not None and self._answered:
            self._upstream.listen(not full)

    def abandoned(self) -> None:
        self._leave()
        self._delivery.settle(monotonic(), failed=None)
        self._tell("the client left")

    def failed(self, error: ServiceError) -> None:
        self._refuse(error, str(error))

    def check(self, now: float) -> None:
        if self._patience is None:
            self._patience = Patience(self._forward.plan.limits, self._began)
        moved, self._moved = self._moved, False
        error = self._patience.ended(now, self._waiting, self._upload.sent, moved=moved)
        if error is None:
            return
        if self._waiting is Waiting.for_a_connection:
            self._delivery.unreachable(self, now, str(error))
            return
        self._leave()
        self._delivery.settle(now, failed=None if self._waiting is Waiting.for_the_body else True)
        self._refuse(error, str(error))

    @property
    def _waiting(self) -> Waiting:
        if self._answered:
            return Waiting.of_answer(full=self._client.full)
        if self._upstream is None:
            return Waiting.for_a_connection
        return Waiting.of_request(complete=self._upload.complete, full=self._service_full)

    # What the service does.

    def connected(self, upstream: Upstream) -> None:
        self._upstream = upstream
        head, host = self._head, upstream.endpoint.host_line
        message = outgoing(head, self._forward.plan, host, self._names)
        if self._unsent:
            message += self._unsent
            self._unsent = b""
            self._client.hold(False)
        upstream.begin(self, message, head_only=head.start.method == "HEAD")

    def undeliverable(self, error: ServiceError, reason: str) -> None:
        self._refuse(error, reason)

    def service_full(self, full: bool) -> None:
        self._service_full = full
        self._client.hold(full)

    def informed(self, head: AnswerHead) -> None:
        if head.status == SWITCHING:
            self._switch(head)
        elif head.status > SWITCHING and self._head.version == "1.1":
            self._client.write(head.opening + b"\r\n")

    def answered(self, head: AnswerHead, part: bytes, complete: bool) -> None:
        upstream, plan = self._upstream, self._forward.plan
        assert upstream is not None
        self._received = len(part)
        close = self._client.ending or not self._upload.complete
        end = answers.ending(self._names, self._forward.answer)
        if head.length is None or head.location is not None or close:
            framed = framing(head, upstream.endpoint.url, self._head, plan, close=close)
            self._framing, end = framed, framed.lines + end
            part = chunk(part, complete) if framed.chunked else part
        self._answered, self._moved, self._status = True, True, head.status
        self._client.write(b"%b%b\r\n%b" % (head.opening, end, part))
        if complete:
            self._complete()
        elif self._client.full:
            self.client_full(True)

    def continued(self, part: bytes, complete: bool) -> None:
        self._moved = True
        self._received += len(part)
        if data := chunk(part, complete) if self._framing.chunked else part:
            self._client.write(data)
        if complete:
            self._complete()

    def broken(self, reason: str) -> None:
        upstream = self._leave()
        if self._answered:
            self._cut(reason)
        elif upstream is not None and upstream.silent:
            repeatable = self._forward.plan.idempotent and self._head.length == 0
            self._delivery.lost(self, upstream, monotonic(), repeatable=repeatable, reason=reason)
        else:
            self._delivery.settle(monotonic(), failed=True)
            self._refuse(BadGateway("the service gave an answer that is no HTTP"), reason)

    def _switch(self, head: AnswerHead) -> None:
        upstream = self._upstream
        expected = accept_of(self._head.header(b"sec-websocket-key") or b"")
        if upstream is None or not self._forward.plan.tunnel or head.accept != expected:
            self.broken("it switched to what nobody asked for")
            return
        self._status = SWITCHING
        end = answers.ending(self._names, self._forward.answer)
        self._client.write(b"%b%b%b\r\n" % (head.opening, answers.UPGRADED, end))
        tunnel = Tunnel(self._client, upstream, self._forward.plan.expires, self._tunnel_closed)
        tunnel.open()

    def _tunnel_closed(self, sent: int, received: int, reason: str) -> None:
        self._received = received
        self._upstream = None
        self._delivery.settle(monotonic(), failed=False)
        self._tell(reason, sent=sent)

    def _complete(self) -> None:
        now = monotonic()
        upstream, self._upstream = self._upstream, None
        if upstream is not None and upstream.leave(clean=self._upload.complete):
            self._pool.keep(upstream, now)
        self._delivery.settle(now, failed=self._status in _AWAY, ejecting=self._status >= 500)
        self._tell("", now)
        self._client.next(close=self._framing.close, unread=not self._upload.complete)

    def _refuse(self, error: Exception, reason: str = "") -> None:
        """Answer with a problem; an answer that has begun can only be cut off."""
        self._leave()
        self._delivery.settle(monotonic(), failed=None)
        if self._answered:
            self._cut(reason or str(error))
            return
        own = answers.refusal(error, self._head.path, self._names, headers_of(self._forward.answer))
        unread = not self._upload.complete
        close = unread or self._client.ending or answers.wants_closing(error)
        self._status = own.status
        self._client.write(own.written(close=close, with_body=self._head.method != "HEAD"))
        self._tell(reason)
        self._client.next(close=close, unread=unread)

    def _cut(self, reason: str) -> None:
        self._delivery.settle(monotonic(), failed=True)
        self._tell(reason)
        if self._framing.chunked or self._head.version == "1.1":  # it is seen to come too early
            self._client.cut()
        else:
            self._client.reset()

    def _leave(self) -> Upstream | None:
        """Give the connection to the service up in the middle of something."""
        upstream, self._upstream = self._upstream, None
        if upstream is not None:
            upstream.leave(clean=False)
        return upstream

    def _tell(self, failure: str, now: float | None = None, *, sent: int = 0) -> None:
        seconds, delivery = (now or monotonic()) - self._began, self._delivery
        outcome = Outcome(
            self._status, sent or self._upload.sent, self._received, seconds, self._names,
            delivery.instance, delivery.retried, failure,
        )  # fmt: skip
        self._client.tell(self._head, self._forward, outcome)
