"""What a request is called: the ids that it brought, or new ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from os import urandom
from typing import Final

from ..chassis.context import REQUEST_ID, TRACE_ID, TRACEPARENT
from .contract import Header, Names

_BYTES: Final = 16
_AHEAD: Final = 256  # ids that are drawn at once: each draw is a call of the system


def _draw() -> Iterator[bytes]:
    while True:
        drawn = urandom(_BYTES * _AHEAD).hex().encode()
        for begun in range(0, len(drawn), 2 * _BYTES):
            yield drawn[begun : begun + 2 * _BYTES]


_ids: Final = _draw()


def name(brought: Sequence[Header]) -> Names:
    """The names of one request; what it brought is continued where it is sound."""
    if not brought:
        drawn = next(_ids)
        return Names(drawn, drawn, drawn[:16])  # what begins here is called by one name
    request_id = trace_id = parents = state = b""
    for known, value in brought:
        if known == b"x-request-id":
            request_id = value
        elif known == b"traceparent":
            parents = value
        elif known == b"tracestate":
            state = value
        else:
            trace_id = value
    if not REQUEST_ID.fullmatch(request_id):
        request_id = next(_ids)
    span_id = next(_ids)[:_BYTES]
    parent = TRACEPARENT.fullmatch(parents) if parents else None
    if parent:
        trace_id, parent_id, flags, _ = parent.groups()
        return Names(request_id, trace_id, span_id, parent_id, flags, state)
    if not TRACE_ID.fullmatch(trace_id):
        trace_id = next(_ids)
    return Names(request_id, trace_id, span_id)
