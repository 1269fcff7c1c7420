"""Who asked: the id of the request in hand and its place in a W3C trace.

`traceparent` is taken, made and passed on as W3C Trace Context (level 1) says.  A malformed one
is treated as absent, and so starts a new trace.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from contextvars import ContextVar
from dataclasses import dataclass

RawHeaders = Iterable[tuple[bytes, bytes]]

_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,128}")
_TRACEPARENT = re.compile(
    rb"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?"
)
_TRACE_ID = re.compile(rb"(?!0{32})[0-9a-f]{32}")
_NAMES = frozenset({b"x-request-id", b"traceparent", b"tracestate", b"x-trace-id"})


@dataclass(frozen=True, slots=True)
class RequestContext:
    """One request's names; `span_id` is this service's own part of the trace."""

    request_id: str
    trace_id: str
    span_id: str
    flags: str = "01"
    tracestate: str = ""

    @property
    def traceparent(self) -> str:
        return f"00-{self.trace_id}-{self.span_id}-{self.flags}"

    def headers(self) -> dict[str, str]:
        """What a call to another service carries, so that its log lines can be found from ours."""
        carried = {"X-Request-Id": self.request_id, "traceparent": self.traceparent}
        return carried | ({"tracestate": self.tracestate} if self.tracestate else {})


current: ContextVar[RequestContext | None] = ContextVar("request_context", default=None)


def begin(headers: RawHeaders) -> RequestContext:
    """The context of a request with these headers: continued where they are sound, else new."""
    found = {name: value for name, value in headers if name in _NAMES}
    trace_id, flags, tracestate = _trace(found)
    return RequestContext(
        request_id=_request_id(found.get(b"x-request-id", b"")),
        trace_id=trace_id,
        span_id=secrets.token_hex(8),
        flags=flags,
        tracestate=tracestate,
    )


def _request_id(sent: bytes) -> str:
    return sent.decode() if _REQUEST_ID.fullmatch(sent) else secrets.token_hex(16)


def _trace(found: dict[bytes, bytes]) -> tuple[str, str, str]:
    parent = _TRACEPARENT.fullmatch(found.get(b"traceparent", b""))
    if parent:
        state = found.get(b"tracestate", b"").decode("latin-1")
        return parent[1].decode(), parent[3].decode(), state
    bare = found.get(b"x-trace-id", b"")
    return bare.decode() if _TRACE_ID.fullmatch(bare) else secrets.token_hex(16), "01", ""
