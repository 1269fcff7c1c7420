"""The head that a service is sent."""

from __future__ import annotations

from typing import Final, NamedTuple

from . import naming
from .contract import Names, Plan
from .crossing import written
from .head import Block, Head

_MAY_SAY_NOTHING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_UPGRADE: Final = b"connection: upgrade\r\nupgrade: websocket\r\n"


_AROUND: dict[tuple[Plan, Block], tuple[bytes, bytes]] = {}
_MOST_REMEMBERED: Final = 2048


class Outgoing(NamedTuple):
    """All of a head that is the same for every instance and every time it is sent."""

    first: bytes
    headers: bytes

    @classmethod
    def of(cls, head: Head, plan: Plan) -> Outgoing:
        start = head.start
        first = b"%b %b%b HTTP/1.1\r\n" % (start.method.encode(), plan.path.encode(), start.query)
        before, after = _AROUND.get((plan, head.block)) or _around(head, plan)
        return cls(first, before + head.origin.told + after)

    def to(self, host: bytes, names: Names) -> bytes:
        """The whole head; `host` is the header line that names the instance."""
        return b"%b%b%b%b\r\n" % (self.first, host, self.headers, naming.lines_of(names))


def _around(head: Head, plan: Plan) -> tuple[bytes, bytes]:
    """What stands before and behind the lines about the peer; the plan is that of one method."""
    identity = b"".join([written(name, value) for name, value in plan.identity])
    ending = _UPGRADE if plan.tunnel else _framing(head)
    around = _without(head.block.crossing, plan), identity + ending
    if head.block.lasting:
        if len(_AROUND) >= _MOST_REMEMBERED:
            _AROUND.clear()
        _AROUND[plan, head.block] = around
    return around


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
