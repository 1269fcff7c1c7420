"""Who asked: the id of the request in hand, its place in a W3C trace, and how long is left for it.

`traceparent` is taken, made and passed on as W3C Trace Context (level 1) says.  A malformed one
is treated as absent, and so starts a new trace.

`X-Request-Deadline: 1500` says that the caller waits 1500 milliseconds more for the whole answer:
what is left and not a time of day, because clocks differ.  One to seven digits; 0 means that it
waits no longer; anything else is treated as absent.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, replace
from time import monotonic

RawHeaders = Iterable[tuple[bytes, bytes]]

REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,128}")
TRACEPARENT = re.compile(
    rb"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?"
)
TRACE_ID = re.compile(rb"(?!0{32})[0-9a-f]{32}")
_MILLISECONDS = re.compile(rb"[0-9]{1,7}")
_NAMES = frozenset(
    {b"x-request-id", b"traceparent", b"tracestate", b"x-trace-id", b"x-request-deadline"}
)


@dataclass(frozen=True, slots=True)
class RequestContext:
    """One request's names; `span_id` is this service's own part of the trace.

    `parent_id` is the span that this one is a part of, empty where the trace begins.  `deadline` is
    the moment, on the monotonic clock, after which nobody waits for the answer.
    """

    request_id: str
    trace_id: str
    span_id: str
    parent_id: str = ""
    flags: str = "01"
    tracestate: str = ""
    deadline: float | None = None

    @property
    def traceparent(self) -> str:
        return f"00-{self.trace_id}-{self.span_id}-{self.flags}"

    @property
    def sampled(self) -> bool:
        """Whether the spans of this trace are kept: the last bit of the flags."""
        return int(self.flags, 16) & 1 == 1

    def unsampled(self) -> RequestContext:
        """The same request, with nothing kept of its trace."""
        return replace(self, flags="00")

    def child(self) -> RequestContext:
        """The context of one part of the work on this request."""
        return replace(self, parent_id=self.span_id, span_id=os.urandom(8).hex())

    def headers(self) -> dict[str, str]:
        """What a call to another service carries, so that its log lines can be found from ours."""
        carried = {"X-Request-Id": self.request_id, "traceparent": self.traceparent}
        return carried | ({"tracestate": self.tracestate} if self.tracestate else {})


current: ContextVar[RequestContext | None] = ContextVar("request_context", default=None)


def begin(headers: RawHeaders) -> RequestContext:
    """The context of a request with these headers: continued where they are sound, else new."""
    found = {name: value for name, value in headers if name in _NAMES}
    drawn = os.urandom(40).hex()  # once for all three ids: each draw is a call of the system
    trace_id, parent_id, flags, tracestate = _trace(found, drawn[:32])
    return RequestContext(
        request_id=_request_id(found.get(b"x-request-id", b""), drawn[32:64]),
        trace_id=trace_id,
        span_id=drawn[64:],
        parent_id=parent_id,
        flags=flags,
        tracestate=tracestate,
        deadline=_deadline(found.get(b"x-request-deadline", b"")),
    )


def _request_id(sent: bytes, drawn: str) -> str:
    """The id that was sent if it is sound, else the one that was drawn."""
    return sent.decode() if REQUEST_ID.fullmatch(sent) else drawn


def _trace(found: Mapping[bytes, bytes], drawn: str) -> tuple[str, str, str, str]:
    """The trace of these headers, or one that begins here: its id, the parent, flags and state."""
    parent = TRACEPARENT.fullmatch(found.get(b"traceparent", b""))
    if parent:
        state = found.get(b"tracestate", b"").decode("latin-1")
        return parent[1].decode(), parent[2].decode(), parent[3].decode(), state
    bare = found.get(b"x-trace-id", b"")
    return bare.decode() if TRACE_ID.fullmatch(bare) else drawn, "", "01", ""


def _deadline(sent: bytes) -> float | None:
    return monotonic() + int(sent) / 1000 if _MILLISECONDS.fullmatch(sent) else None
