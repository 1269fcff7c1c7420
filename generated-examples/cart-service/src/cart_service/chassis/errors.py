"""Failures a caller may see: each class has its HTTP status, its code and a sentence.

ServiceError                500  internal
  BadRequest                400  bad-request
    MalformedJson           400  malformed-json
    InvalidCursor           400  invalid-cursor
    IdempotencyKeyRequired  400  idempotency-key-required
  Unauthorized              401  token-missing, token-invalid, token-expired, token-revoked
  Forbidden                 403  forbidden
  NotFound                  404  not-found
  MethodNotAllowed          405  method-not-allowed
  Conflict                  409  conflict
    IdempotencyInFlight     409  idempotency-in-flight
  Gone                      410  gone
  VersionMismatch           412  version-mismatch
  BodyTooLarge              413  body-too-large
  UnsupportedMediaType      415  unsupported-media-type
  Invalid                   422  validation-failed
  IdempotencyKeyReused      422  idempotency-key-reused
  IfMatchRequired           428  if-match-required
  TooManyRequests           429  too-many-requests
  BadGateway                502  bad-gateway
  Unavailable               503  dependency-unavailable
  DeadlineExceeded          504  deadline-exceeded
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with the input: where (a JSON pointer, RFC 6901), its code, a sentence."""

    pointer: str
    code: str
    message: str


class ServiceError(Exception):
    """An expected failure; its message is a sentence for the caller."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal"
    codes: ClassVar[tuple[str, ...]] = ()  # for the documentation, where a class has several

    def __init__(
        self, message: str, *, headers: Mapping[str, str] | None = None, **extensions: object
    ) -> None:
        super().__init__(message)
        self.headers = dict(headers or {})
        self.extensions = extensions


class BadRequest(ServiceError):
    status, code = 400, "bad-request"


class MalformedJson(BadRequest):
    code = "malformed-json"


class InvalidCursor(BadRequest):
    code = "invalid-cursor"

    def __init__(self) -> None:
        super().__init__("this cursor is not one of this list; start again without it")


class IdempotencyKeyRequired(BadRequest):
    code = "idempotency-key-required"


class Unauthorized(ServiceError):
    """The caller is not known; RFC 6750 says what the challenge tells it."""

    status, code = 401, "token-invalid"
    codes = ("token-missing", "token-invalid", "token-expired", "token-revoked")

    def __init__(self, message: str, *, code: str, error: str | None = None) -> None:
        challenge = "Bearer" if error is None else f'Bearer error="{error}"'
        super().__init__(message, headers={"www-authenticate": challenge})
        self.code = code  # type: ignore[misc]  # one class, four codes of one status


class Forbidden(ServiceError):
    status, code = 403, "forbidden"


class NotFound(ServiceError):
    status, code = 404, "not-found"


class MethodNotAllowed(ServiceError):
    status, code = 405, "method-not-allowed"

    def __init__(self, method: str, allowed: Iterable[str]) -> None:
        allow = ", ".join(sorted(allowed))
        super().__init__(f"{method} is not allowed here; use {allow}", headers={"allow": allow})


class Conflict(ServiceError):
    status, code = 409, "conflict"


class IdempotencyInFlight(Conflict):
    """The same request is being worked on; `retry_after` (seconds) says when to come again."""

    code = "idempotency-in-flight"

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message, headers={"retry-after": str(retry_after)})


class Gone(ServiceError):
    """It was here once, and will not be again."""

    status, code = 410, "gone"


class BodyTooLarge(ServiceError):
    status, code = 413, "body-too-large"

    def __init__(self, limit: int) -> None:
        # The rest of the body is not worth reading: the connection ends with the answer.
        super().__init__(f"the body is larger than {limit} bytes", headers={"connection": "close"})


class VersionMismatch(ServiceError):
    status, code = 412, "version-mismatch"


class UnsupportedMediaType(ServiceError):
    status, code = 415, "unsupported-media-type"


class Invalid(ServiceError):
    """The input can be read, and is wrong; `faults` names every wrong place at once."""

    status, code = 422, "validation-failed"

    def __init__(self, message: str, faults: Iterable[Fault] = ()) -> None:
        super().__init__(message, errors=list(faults))


class IdempotencyKeyReused(ServiceError):
    status, code = 422, "idempotency-key-reused"


class IfMatchRequired(ServiceError):
    status, code = 428, "if-match-required"


class TooManyRequests(ServiceError):
    """The caller asks too often; `retry_after` (seconds) says when to come again."""

    status, code = 429, "too-many-requests"

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message, headers={"retry-after": str(retry_after)})


class BadGateway(ServiceError):
    status, code = 502, "bad-gateway"


class Unavailable(ServiceError):
    """A dependency does not answer; `retry_after` (seconds) says when to come again."""

    status, code = 503, "dependency-unavailable"

    def __init__(self, message: str, *, retry_after: int = 1) -> None:
        super().__init__(message, headers={"retry-after": str(retry_after)})


class DeadlineExceeded(ServiceError):
    status, code = 504, "deadline-exceeded"
