"""Which headers cross the gateway, in both directions: pure functions on raw headers.

Hop-by-hop headers, and all that `Connection` names, belong to one connection (RFC 9110, 7.6.1).
Who asked, from where and for whom is said by the gateway alone: what a client says of it is
dropped.  Names with `_` are dropped: many a server reads `X_User_Id` as X-User-Id.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from ..asgi import RawHeaders, Scope
from ..errors import UnreadableHeader

_HOP_BY_HOP: Final = frozenset(
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
_OURS_TO_SAY: Final = frozenset(
    {b"host", b"expect", b"forwarded", b"x-real-ip", b"x-request-id", b"x-trace-id"}
    | {b"traceparent", b"tracestate"}
)
_OURS_TO_SAY_PREFIXES: Final = (b"x-forwarded-", b"x-user-")
# The server sets its own Date; the ids are set for every answer; what runs inside is nobody's.
_NOT_FOR_CLIENTS: Final = frozenset({b"date", b"server", b"x-powered-by"}) | {
    b"x-request-id",
    b"x-trace-id",
}


def of_request(scope: Scope, identity: Mapping[str, str]) -> list[tuple[str, str]]:
    """What a service is sent; raises UnreadableHeader for a value that is no UTF-8."""
    sent: RawHeaders = scope["headers"]
    dropped = _HOP_BY_HOP | _named_by_connection(sent) | _OURS_TO_SAY
    kept = [
        (name.decode("ascii"), _text(name, value))
        for name, value in sent
        if name not in dropped and b"_" not in name and not name.startswith(_OURS_TO_SAY_PREFIXES)
    ]
    return [*kept, *_forwarded(scope), *identity.items()]


def of_answer(sent: Iterable[tuple[bytes, bytes]], origin: str, public: str) -> RawHeaders:
    """What a client is sent: order and repetition stay, a Location inside becomes one outside."""
    lowered = [(name.lower(), value) for name, value in sent]
    dropped = _HOP_BY_HOP | _named_by_connection(lowered) | _NOT_FOR_CLIENTS
    return [
        (name, _outside(value, origin, public) if name == b"location" else value)
        for name, value in lowered
        if name not in dropped
    ]


def has_body(sent: RawHeaders) -> bool:
    """Does a body follow these headers of a request?"""
    return any(
        name == b"transfer-encoding" or (name == b"content-length" and value.strip(b"0"))
        for name, value in sent
    )


def _named_by_connection(sent: RawHeaders) -> set[bytes]:
    return {
        token.strip().lower()
        for name, value in sent
        if name == b"connection"
        for token in value.split(b",")
    }


def _forwarded(scope: Scope) -> list[tuple[str, str]]:
    host = next((value for name, value in scope["headers"] if name == b"host"), b"")
    client = scope.get("client")
    said = {
        "X-Forwarded-For": client[0] if client else "",
        "X-Forwarded-Proto": scope["scheme"],
        "X-Forwarded-Host": _text(b"host", host),
    }
    return [(name, value) for name, value in said.items() if value]


def _text(name: bytes, value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise UnreadableHeader(f"the header {name.decode('ascii')} is no UTF-8") from None


def _outside(location: bytes, origin: str, public: str) -> bytes:
    path = location.removeprefix(origin.encode())
    inside = path.startswith(b"/") and not path.startswith(b"//")
    return public.encode() + path if inside else location
