"""The head that a service is sent."""

from __future__ import annotations

from typing import Final

from .contract import Names, Plan
from .crossing import written
from .head import Block, Head

_MAY_SAY_NOTHING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_UPGRADE: Final = b"connection: upgrade\r\nupgrade: websocket\r\n"

_KNOWN: dict[tuple[Plan, Block], tuple[bytes, bytes, bytes]] = {}
_MOST_REMEMBERED: Final = 2048


def outgoing(head: Head, plan: Plan, host: bytes, names: Names) -> bytes:
    """The whole head; `host` is the header line that names the instance."""
    target, before, after = _KNOWN.get((plan, head.block)) or _parts(head, plan)
    if names.tracestate:
        after = b"%btracestate: %b\r\n" % (after, names.tracestate)
    return (
        b"%b%b HTTP/1.1\r\n%b%b%b%b"
        b"x-request-id: %b\r\ntraceparent: 00-%b-%b-%b\r\n\r\n"
        % (target, head.query, host, before, head.origin.told, after,
           names.request_id, names.trace_id, names.span_id, names.flags)
    )  # fmt: skip


def _parts(head: Head, plan: Plan) -> tuple[bytes, bytes, bytes]:
    """Method and path, and what stands before and behind the lines about the peer."""
    target = b"%b %b" % (head.method.encode(), plan.path.encode())
    identity = b"".join([written(name, value) for name, value in plan.identity])
    ending = _UPGRADE if plan.tunnel else _framing(head)
    parts = target, _without(head.block.crossing, plan), identity + ending
    if head.block.lasting:
        if len(_KNOWN) >= _MOST_REMEMBERED:
            _KNOWN.clear()
        _KNOWN[plan, head.block] = parts
    return parts


def _framing(head: Head) -> bytes:
    if head.length is None:
        return b"transfer-encoding: chunked\r\n"
    if head.length or head.method not in _MAY_SAY_NOTHING:
        return b"content-length: %d\r\n" % head.length
    return b""


def _without(crossing: bytes, plan: Plan) -> bytes:
    """The client's headers, less those that the gateway sets in their place."""
    ours = {name for name, _ in plan.identity}
    lines = crossing.splitlines(keepends=True) if ours else ()
    if not any(line.partition(b":")[0] in ours for line in lines):
        return crossing
    return b"".join(line for line in lines if line.partition(b":")[0] not in ours)
