"""What a request is called: the ids that it brought, or new ones."""

from __future__ import annotations

from random import Random, SystemRandom

from ..chassis.context import REQUEST_ID, TRACE_ID, TRACEPARENT
from .contract import Header, Names

# Ids must differ and need not be secret: a generator seeded once costs a fraction of the system's.
_draw = Random(SystemRandom().getrandbits(256)).getrandbits


def name(brought: tuple[Header, ...]) -> Names:
    """The names of one request; what it brought is continued where it is sound."""
    if not brought:
        drawn = b"%032x" % _draw(128)
        return Names(drawn, drawn, drawn[:16])  # what begins here is called by one name
    found = dict(brought)
    request_id = found.get(b"x-request-id", b"")
    if not REQUEST_ID.fullmatch(request_id):
        request_id = b"%032x" % _draw(128)
    span_id = b"%016x" % _draw(64)
    parent = TRACEPARENT.fullmatch(found.get(b"traceparent", b""))
    if parent:
        trace_id, parent_id, flags, _ = parent.groups()
        state = found.get(b"tracestate", b"")
        return Names(request_id, trace_id, span_id, parent_id, flags, state)
    trace_id = found.get(b"x-trace-id", b"")
    if not TRACE_ID.fullmatch(trace_id):
        trace_id = b"%032x" % _draw(128)
    return Names(request_id, trace_id, span_id)


def lines_of(names: Names) -> bytes:
    """What tells the service."""
    request_id, trace_id, span_id, _, flags, state = names
    told = b"x-request-id: %b\r\ntraceparent: 00-%b-%b-%b\r\n" % (
        request_id,
        trace_id,
        span_id,
        flags,
    )
    return b"%btracestate: %b\r\n" % (told, state) if state else told
