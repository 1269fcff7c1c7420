"""What a request is called: the ids that it brought, or new ones."""

from __future__ import annotations

from random import Random, SystemRandom

from ..chassis import context
from .contract import Header, Names

# Ids must differ and need not be secret: a generator seeded once costs a fraction of the system's.
_draw = Random(SystemRandom().getrandbits(256)).getrandbits


def name(brought: tuple[Header, ...]) -> Names:
    """The names of one request; what it brought is continued where it is sound."""
    if not brought:
        drawn = f"{_draw(128):032x}"
        return Names(drawn, drawn, drawn[:16])  # what begins here is called by one name
    found = dict(brought)
    drawn = f"{_draw(320):080x}"
    trace = context.trace(found, drawn[:32])
    request_id = context.request_id(found.get(b"x-request-id", b""), drawn[32:64])
    return Names(request_id, trace[0], drawn[64:], *trace[1:])


def lines_of(names: Names) -> bytes:
    """What tells the service."""
    state = f"tracestate: {names.tracestate}\r\n" if names.tracestate else ""
    told = (
        f"x-request-id: {names.request_id}\r\n"
        f"traceparent: 00-{names.trace_id}-{names.span_id}-{names.flags}\r\n{state}"
    )
    return told.encode()
