"""Where the edge is asked about a request, and what it decided is carried out."""

from __future__ import annotations

from time import monotonic

from ..errors import UpgradeRequired
from ..wire import answers, naming
from ..wire.contract import (
    Answer,
    Forward,
    Head,
    Outcome,
    Refuse,
    Verdict,
)
from .deciding import Deciding
from .errand import Errand
from .exchange import Exchange
from .leftovers import MOST_DISCARDED, Discard
from .plane import Plane
from .turn import Connection


class Hearing:
    """One for each connection."""

    __slots__ = ("_began", "_client", "_head", "_names", "_plane")

    def __init__(self, plane: Plane, client: Connection) -> None:
        self._plane = plane
        self._client = client
        self._head: Head | None = None
        self._began = 0.0

    def hear(self, head: Head) -> None:
        """Give this request its turn."""
        self._head = head
        self._names = naming.name(head.brought)
        try:
            verdict = self._plane.edge.decide(head)
        except Exception as error:  # the border: whatever it is, the client is answered
            self._began = monotonic()
            self._fail(error)
            return
        if type(verdict) is Forward:
            self._forward(head, verdict)
            return
        self._began = monotonic()
        if isinstance(verdict, Forward | Refuse | Answer):
            self._carry_out(verdict)
        else:
            self._client.hand_to(Deciding(verdict, self._carry_out, self._client.fail))

    def _fail(self, error: Exception) -> None:
        self._carry_out(Refuse(answers.foreseen(error)))

    def _carry_out(self, verdict: Verdict) -> None:
        assert self._head is not None
        if isinstance(verdict, Forward):
            self._forward(self._head, verdict)
        else:
            self._answer(self._head, verdict)

    def _forward(self, head: Head, forward: Forward) -> None:
        plan = forward.plan
        if plan.tunnel and not head.upgrade:
            self._began = monotonic()
            self._answer(
                head, Refuse(UpgradeRequired("this is a place for WebSockets"), plan.route)
            )
            return
        client, plane, names = self._client, self._plane, self._names
        try:
            if Errand(client, plane.pool, plane.stopping, head, forward, names).begin():
                return
            exchange = Exchange(client, plane.pool, head, forward, names)
        except Exception as error:  # the border, as above
            self._began = monotonic()
            self._fail(error)
            return
        client.hand_to(exchange)  # which takes what came of the body
        exchange.begin()

    def _answer(self, head: Head, verdict: Refuse | Answer) -> None:
        """The gateway answers by itself; a body that is small is read and dropped."""
        small = head.length is not None and head.length <= MOST_DISCARDED and not head.expects
        unread = not small
        close = unread or self._client.ending
        own = self._own(head, verdict)
        self._client.write(own.written(close=close, with_body=head.method != "HEAD"))
        outcome = Outcome(own.status, 0, len(own.body), monotonic() - self._began, self._names)
        self._client.tell(head, verdict, outcome)
        if close or not head.length:
            self._client.next(close=close, unread=unread)
        else:
            self._client.hand_to(Discard(self._client, head.length))

    def _own(self, head: Head, verdict: Refuse | Answer) -> answers.Own:
        if isinstance(verdict, Refuse):
            return answers.refusal(verdict.error, head.path, self._names, verdict.answer)
        return answers.own(verdict.status, verdict.headers, verdict.body, self._names)
