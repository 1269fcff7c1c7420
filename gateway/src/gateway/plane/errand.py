"""What most requests are: without a body, with a connection at hand, and answered as a whole."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from ..chassis.errors import ServiceError
from ..wire import answers
from ..wire.contract import Forward, Head, Names, Outcome
from ..wire.outgoing import outgoing
from ..wire.response import AnswerHead
from .exchange import Exchange
from .pool import Pool
from .turn import Connection
from .upstream import User


class Errand(User):
    """The short way of such a request; as soon as anything is unusual, it goes on as an Exchange.

    Both tell client, service and edge the same in the same order.
    """

    __slots__ = (
        "_began", "_client", "_forward", "_head", "_names", "_pool", "_stopping", "_upstream",
    )  # fmt: skip

    def __init__(
        self,
        client: Connection,
        pool: Pool,
        stopping: Callable[[], bool],
        head: Head,
        forward: Forward,
        names: Names,
    ) -> None:
        self._client = client
        self._pool = pool
        self._stopping = stopping
        self._head = head
        self._forward = forward
        self._names = names

    def begin(self) -> bool:
        """Send the request, if this is the way for it."""
        head, plan = self._head, self._forward.plan
        group = plan.group
        if head.block.length != 0 or plan.tunnel or group.hash_by or group.service.open_until:
            return False
        self._began = now = monotonic()
        endpoint = group.choose(now)
        if endpoint is None or endpoint.in_flight >= plan.limits.in_flight:
            return False
        message = outgoing(head, plan, endpoint.host_line, self._names)
        upstream = self._pool.take(endpoint, surely=not plan.idempotent)
        if upstream is None:
            return False
        self._upstream = upstream
        endpoint.in_flight += 1
        self._client.hand_to(self)
        upstream.begin(self, message, head_only=head.start.method == "HEAD")
        return True

    def answered(self, head: AnswerHead, part: bytes, complete: bool) -> None:
        usual = complete and head.length is not None and head.location is None
        if not usual or head.status >= 500 or not self._head.block.persistent or self._stopping():
            self._exchange().answered(head, part, complete)
            return
        client, forward, names, upstream = self._client, self._forward, self._names, self._upstream
        now = monotonic()
        client.write(b"%b%b\r\n%b" % (head.opening, answers.ending(names, forward.answer), part))
        if upstream.leave(clean=True):
            self._pool.keep(upstream, now)
        endpoint = upstream.endpoint
        endpoint.in_flight -= 1
        group = forward.plan.group
        group.service.settle(now, failed=False)
        group.settle(endpoint, now, failed=False)
        outcome = Outcome(
            head.status, 0, len(part), now - self._began, names, endpoint.id, False, ""
        )
        client.tell(self._head, forward, outcome)
        client.next(close=False)

    def continued(self, part: bytes, complete: bool) -> None:
        self._exchange().continued(part, complete)

    def informed(self, head: AnswerHead) -> None:
        self._exchange().informed(head)

    def broken(self, reason: str) -> None:
        self._exchange().broken(reason)

    def failed(self, error: ServiceError) -> None:
        if self._upstream.user is self:
            self._exchange().failed(error)
        else:  # it was answered already
            self._client.cut()

    def service_full(self, full: bool) -> None:
        self._exchange().service_full(full)

    def check(self, now: float) -> None:
        self._exchange().check(now)

    def abandoned(self) -> None:
        self._exchange().abandoned()

    def _exchange(self) -> Exchange:
        """Takes over, as it would be if it had begun."""
        exchange = Exchange(self._client, self._pool, self._head, self._forward, self._names)
        exchange.take_over(self._upstream, self._began)
        return exchange
