"""What a request is called: the ids that it brought, or new ones."""

from __future__ import annotations

from random import Random, SystemRandom
from typing import Final

from ..chassis import context
from .contract import Head, Header, Names

_BROUGHT: Final = frozenset({b"x-request-id", b"traceparent", b"tracestate", b"x-trace-id"})

# Ids must differ and need not be secret: a generator seeded once costs a fraction of the system's.
_draw = Random(SystemRandom().getrandbits(256)).getrandbits


def brought_by(head: Head) -> tuple[Header, ...]:
    """The headers that say what the request is called."""
    return tuple(header for header in head.headers if header[0] in _BROUGHT)


def name(brought: tuple[Header, ...]) -> Names:
    """The names of one request; what it brought is continued where it is sound."""
    if not brought:
        trace = f"{_draw(128):032x}"
        return Names(trace, trace, trace[:16])  # what begins here is called by one name
    found = context.begin(brought)
    return Names(
        found.request_id,
        found.trace_id,
        found.span_id,
        found.parent_id,
        found.flags,
        found.tracestate,
    )


def lines_of(names: Names) -> bytes:
    """What tells the service."""
    state = f"tracestate: {names.tracestate}\r\n" if names.tracestate else ""
    told = (
        f"x-request-id: {names.request_id}\r\n"
        f"traceparent: 00-{names.trace_id}-{names.span_id}-{names.flags}\r\n{state}"
    )
    return told.encode()
