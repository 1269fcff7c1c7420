"""Which headers cross the gateway, in both directions.

Hop-by-hop headers, and all that `Connection` names, belong to one connection (RFC 9110, 7.6.1).
Who asked, from where and for whom is said by the gateway alone: what a client says of it is
dropped.  Names with `_` are dropped: many a server reads `X_User_Id` as X-User-Id.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ..errors import UnreadableHeader
from .head import Header
from .lines import Line

HOP_BY_HOP: Final[frozenset[bytes]] = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
NAMES: Final[frozenset[bytes]] = frozenset(
    {b"traceparent", b"tracestate", b"x-request-id", b"x-trace-id"}
)
IDS: Final[frozenset[bytes]] = frozenset({b"x-request-id", b"x-trace-id"})
# Of a request: what the gateway says itself, with Content-Length, which belongs to the framing.
_OURS_TO_SAY: Final = IDS | {
    b"host",
    b"content-length",
    b"expect",
    b"forwarded",
    b"x-real-ip",
    b"traceparent",
    b"tracestate",
}
_OURS_TO_SAY_PREFIXES: Final = (b"x-forwarded-", b"x-user-")
_NOT_FOR_CLIENTS: Final = IDS | {b"content-length", b"location", b"server", b"x-powered-by"}
_SPECIAL_OF_REQUESTS: Final = frozenset(
    {
        b"connection",
        b"content-length",
        b"expect",
        b"host",
        b"sec-websocket-key",
        b"sec-websocket-version",
        b"transfer-encoding",
        b"upgrade",
        b"x-forwarded-for",
        b"x-forwarded-host",
        b"x-forwarded-proto",
    }
)
_SPECIAL_OF_ANSWERS: Final = frozenset(
    {
        b"connection",
        b"content-length",
        b"location",
        b"sec-websocket-accept",
        b"transfer-encoding",
        b"upgrade",
    }
)


def of_request(name: bytes, value: bytes) -> Line:
    """Raises UnreadableHeader for a value that is no UTF-8."""
    try:
        value.decode()
    except UnicodeDecodeError:
        raise UnreadableHeader(f"the header {name.decode('ascii')} is no UTF-8") from None
    stays = name in HOP_BY_HOP or name in _OURS_TO_SAY or b"_" in name
    crosses = b"" if stays or name.startswith(_OURS_TO_SAY_PREFIXES) else written(name, value)
    return Line((name, value), crosses, name in _SPECIAL_OF_REQUESTS)


def of_answer(name: bytes, value: bytes) -> Line:
    stays = name in HOP_BY_HOP or name in _NOT_FOR_CLIENTS
    crosses = b"" if stays else written(name, value)
    return Line((name, value), crosses, name in _SPECIAL_OF_ANSWERS)


def written(name: bytes, value: bytes) -> bytes:
    return b"%b: %b\r\n" % (name, value)


def headers_of(lines: bytes) -> list[Header]:
    """The headers of lines that were `written` here."""
    pairs = (line.partition(b": ") for line in lines.split(b"\r\n") if line)
    return [(name, value) for name, _, value in pairs]


def tokens(values: Sequence[bytes]) -> frozenset[bytes]:
    """The members of a header that is a list, in lower case."""
    return frozenset(
        token for value in values for part in value.split(b",") if (token := part.strip().lower())
    )


def without(lines: tuple[bytes, ...], names: frozenset[bytes]) -> list[bytes]:
    """The lines that cross, less those that `Connection` names."""
    return [line for line in lines if line.partition(b":")[0] not in names]
