"""The headers that the document names: what an operation reads, and what an answer carries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ..routing import Route

Header = Mapping[str, Any]  # Any: JSON

_TAG: Final = {"type": "string", "examples": ['"v3"', "*"]}
_IF_MATCH: Final = {
    "name": "If-Match",
    "in": "header",
    "description": "The ETag of the version that you have read, or * for any.",
    "schema": _TAG,
}
_IF_NONE_MATCH: Final = {
    "name": "If-None-Match",
    "in": "header",
    "description": "The ETag of what you have; the answer is 304 while it is still that.",
    "schema": _TAG,
}
_IDEMPOTENCY_KEY: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "A new one for each new request; sent again with it, a request is done once.",
    "schema": {
        "type": "string",
        "pattern": "^[!#-~][!-~]{0,254}$",
        "examples": ["8e03978e-40d5-43dd-bc93-6894a57f9324"],
    },
}
_REPLAYED: Final = {
    "description": "There, and true, if this is the answer to an earlier request of the same key.",
    "schema": {"type": "string", "const": "true"},
}
_ETAG: Final = {"description": "Names this version.", "required": True, "schema": _TAG}
_LOCATION: Final = {
    "description": "Where the new one is.",
    "schema": {"type": "string", "format": "uri-reference"},
}
_RETRY_AFTER: Final = {
    "description": "Seconds to wait before asking again.",
    "required": True,
    "schema": {"type": "integer", "minimum": 0},
}
_WWW_AUTHENTICATE: Final = {
    "description": "What is wrong with the token (RFC 6750).",
    "required": True,
    "schema": {"type": "string", "examples": ['Bearer error="invalid_token"']},
}
_OF_ERRORS: Final[Mapping[int, Mapping[str, Header]]] = {
    401: {"WWW-Authenticate": _WWW_AUTHENTICATE},
    429: {"Retry-After": _RETRY_AFTER},
    503: {"Retry-After": _RETRY_AFTER},
}


def read_by(route: Route, method: str) -> list[Header]:
    """The header parameters of this operation."""
    return [*_of_key(route), *_of_version(route, method)]


def _of_key(route: Route) -> list[Header]:
    if route.idempotency is None:
        return []
    return [{**_IDEMPOTENCY_KEY, "required": route.idempotency == "required"}]


def _of_version(route: Route, method: str) -> list[Header]:
    if not route.versioned or method == "POST":
        return []
    if method == "GET":
        return [_IF_NONE_MATCH]
    return [{**_IF_MATCH, "required": route.requires_version(method)}]


def of_success(route: Route, status: int) -> Mapping[str, Header]:
    """The headers of this success."""
    location = {"Location": _LOCATION} if status == 201 else {}
    etag = {"ETag": _ETAG} if route.versioned and status != 204 else {}
    replayed = {"Idempotent-Replayed": _REPLAYED} if route.idempotency else {}
    return location | etag | replayed


def of_error(status: int) -> Mapping[str, Header]:
    """The headers of every error of this status."""
    return _OF_ERRORS.get(status, {})
