"""The head that a service is sent."""

from __future__ import annotations

from typing import Final, NamedTuple

from . import naming
from .contract import Head, Names, Plan
from .crossing import written

_MAY_SAY_NOTHING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_UPGRADE: Final = b"connection: upgrade\r\nupgrade: websocket\r\n"


class Outgoing(NamedTuple):
    """All of a head that is the same for every instance and every time it is sent."""

    first: bytes
    headers: bytes

    @classmethod
    def of(cls, head: Head, plan: Plan) -> Outgoing:
        target = plan.path.encode() + (b"?" + head.query if _has_query(head) else b"")
        identity = b"".join([written(name, value) for name, value in plan.identity])
        ending = _UPGRADE if plan.tunnel else _framing(head)
        return cls(
            b"%b %b HTTP/1.1\r\n" % (head.method.encode(), target),
            _without(head.crossing, plan) + identity + ending,
        )

    def to(self, host: bytes, names: Names) -> bytes:
        """The whole head; `host` is the header line that names the instance."""
        return b"%b%b%b%b\r\n" % (self.first, host, self.headers, naming.lines_of(names))


def _has_query(head: Head) -> bool:
    return bool(head.query) or head.target.endswith(b"?")


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
