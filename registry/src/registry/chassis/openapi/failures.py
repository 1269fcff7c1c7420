"""Which errors a route can answer with, and how the document describes them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from ..errors import (
    BodyTooLarge,
    Fault,
    Forbidden,
    IdempotencyInFlight,
    IdempotencyKeyRequired,
    IdempotencyKeyReused,
    IfMatchRequired,
    Invalid,
    MalformedJson,
    NotFound,
    ServiceError,
    TooManyRequests,
    Unauthorized,
    Unavailable,
    UnsupportedMediaType,
    VersionMismatch,
)
from ..policy import Policy
from ..problems import MEDIA_TYPE, title
from ..routing import Route
from .headers import of_error

Error = type[ServiceError]


class Problem(BaseModel):
    """A failure (RFC 9457): `code` is for programs, `detail` for people."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(examples=["/problems/not-found"])
    title: str = Field(examples=["Not Found"])
    status: int = Field(examples=[404])
    detail: str
    instance: str
    code: str = Field(examples=["not-found"])
    request_id: str
    trace_id: str
    errors: list[Fault] = []


class Failures:
    """The error responses of all operations; equal ones are written once, in `components`."""

    def __init__(self) -> None:
        self.components: dict[str, object] = {}

    def of(self, route: Route, method: str, policy: Policy) -> dict[str, object]:
        """The error responses of one operation, by status."""
        by_status: defaultdict[int, dict[str, Error]] = defaultdict(dict)
        for error in (*_of_chassis(route, method, policy), *route.errors):
            by_status[error.status][error.__name__] = error
        return {
            str(status): self._reference(status, errors)
            for status, errors in sorted(by_status.items())
        }

    def _reference(self, status: int, errors: dict[str, Error]) -> dict[str, str]:
        name = "Or".join(sorted(errors)).replace("ServiceError", "Internal")
        self.components[name] = _response(status, list(errors.values()))
        return {"$ref": f"#/components/responses/{name}"}


def _of_chassis(route: Route, method: str, policy: Policy) -> Iterator[Error]:
    """What is answered before, around and after the handler, of itself."""
    yield ServiceError
    if route.param_names:
        yield NotFound
    if route.request_model is not None:
        yield from (MalformedJson, BodyTooLarge, UnsupportedMediaType, Invalid)
    if route.query_model is not None:
        yield Invalid
    if policy.demand != "public":
        yield from (Unauthorized, Unavailable)
    if policy.demand == "roles":
        yield Forbidden
    if route.rate is not None:
        yield TooManyRequests
    if route.idempotency is not None:
        yield from (IdempotencyKeyRequired, IdempotencyInFlight, IdempotencyKeyReused)
    if route.requires_version(method):
        yield IfMatchRequired
    if route.versioned and method in ("PATCH", "PUT", "DELETE"):
        yield VersionMismatch


def _response(status: int, errors: list[Error]) -> dict[str, Any]:  # Any: JSON
    codes = sorted({code for error in errors for code in error.codes or (error.code,)})
    said = {"status": {"const": status}, "code": {"enum": codes}}
    schema = {"allOf": [{"$ref": "#/components/schemas/Problem"}, {"properties": said}]}
    return {
        "description": f"{title(status)}: {', '.join(codes)}",
        **({"headers": headers} if (headers := of_error(status)) else {}),
        "content": {MEDIA_TYPE: {"schema": schema}},
    }
