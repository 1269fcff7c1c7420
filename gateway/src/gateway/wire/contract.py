"""What the data plane and the control plane say to each other: head, verdict, outcome.

For every request the data plane builds a Head and asks `Edge.decide`; it carries out the verdict,
and tells `Edge.finished` how it ended.  Both are called for every request on the event loop: they
are plain calls on the warm path, and remember what costs more than a microsecond.
"""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass, field
from math import inf
from typing import Any, Protocol

from ..balance.group import Group
from ..chassis.context import RequestContext
from ..chassis.errors import ServiceError
from .head import Head as Head
from .head import Header as Header


@dataclass(frozen=True, slots=True)
class Limits:
    """What one exchange may cost: bytes, seconds, and bytes a second."""

    body_bytes: int = 1024 * 1024
    in_flight: int = 1024  # requests at one instance
    connect_seconds: float = 2.0
    first_byte_seconds: float = 30.0
    idle_seconds: float = 60.0  # nothing moved, in either direction
    total_seconds: float = inf  # an event stream has no end
    body_rate: int = 256  # bytes a second at least, counted after `idle_seconds`


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """To whom requests of one method go and as what; equal ones are the same object, for speed."""

    service: str
    group: Group
    path: str  # what the service is asked, canonical; the query follows it unchanged
    route: str  # label of the metrics, from a closed set
    limit: str = "none"  # the class that it is counted with
    identity: tuple[Header, ...] = ()  # set by the gateway in place of what the client said
    limits: Limits = Limits()
    expires: float = inf  # when a tunnel closes, as seconds since 1970
    idempotent: bool = False  # may be sent again if no byte of an answer came
    tunnel: bool = False  # a WebSocket, and nothing else
    told: dict[int, Any] = field(default_factory=dict)  # what the edge keeps, by status


class Forward:
    """Send it on; `answer` are lines that are added to the head of the answer."""

    __slots__ = ("answer", "plan")

    def __init__(self, plan: Plan, answer: bytes = b"") -> None:
        self.plan = plan
        self.answer = answer


@dataclass(frozen=True, slots=True)
class Refuse:
    """The gateway answers with a problem document; raising the error in `decide` is the same."""

    error: ServiceError
    route: str = "unmatched"
    limit: str = "none"
    answer: tuple[Header, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """The gateway answers by itself, as to a CORS preflight."""

    status: int
    headers: tuple[Header, ...] = ()
    body: bytes = b""
    route: str = "unmatched"
    limit: str = "none"


Verdict = Forward | Refuse | Answer


class Names:
    """What one request is called in every log and trace."""

    __slots__ = ("flags", "parent_id", "request_id", "span_id", "trace_id", "tracestate")

    def __init__(
        self,
        request_id: bytes,
        trace_id: bytes,
        span_id: bytes,
        parent_id: bytes = b"",
        flags: bytes = b"01",
        tracestate: bytes = b"",
    ) -> None:
        self.request_id = request_id
        self.trace_id = trace_id
        self.span_id = span_id
        self.parent_id = parent_id
        self.flags = flags
        self.tracestate = tracestate

    def context(self) -> RequestContext:
        return RequestContext(
            self.request_id.decode("latin-1"),
            self.trace_id.decode("latin-1"),
            self.span_id.decode("latin-1"),
            self.parent_id.decode("latin-1"),
            self.flags.decode("latin-1"),
            self.tracestate.decode("latin-1"),
        )


class Outcome:
    """How a request ended.

    `status` is what the client was told; 499 if it left before it was told anything.  `failure`
    says in a few words what went wrong, for the log alone; it may name an instance.
    """

    __slots__ = (
        "failure", "instance", "names", "received", "retried", "seconds", "sent", "status",
    )  # fmt: skip

    def __init__(
        self,
        status: int,
        sent: int,
        received: int,
        seconds: float,
        names: Names,
        instance: str = "",
        retried: bool = False,
        failure: str = "",
    ) -> None:
        self.status = status
        self.sent = sent  # bytes of the request's body
        self.received = received  # bytes of the answer's body
        self.seconds = seconds
        self.names = names
        self.instance = instance
        self.retried = retried
        self.failure = failure


class Edge(Protocol):
    """The control plane, as the data plane sees it."""

    def decide(self, head: Head) -> Verdict | Awaitable[Verdict]:
        """What becomes of this request; may raise a ServiceError, which refuses it."""

    def finished(self, head: Head, verdict: Verdict, outcome: Outcome) -> None:
        """The exchange is over: metrics, span and access log."""
