"""Failures of the registry's calls.

BadRequest        400
  RefusedUrl           refused-url
Forbidden         403
  ForeignName          foreign-name
NotFound          404
  UnknownService       unknown-service
  UnknownInstance      unknown-instance
ServiceError
  WrongSecret     403  wrong-secret
  QuotaExceeded   429  quota-exceeded
Unavailable       503
  NoHealthyInstance    no-healthy-instance
  TooManyWatchers      too-many-watchers
"""

from __future__ import annotations

from ..chassis.errors import BadRequest, Forbidden, NotFound, ServiceError, Unavailable


class RefusedUrl(BadRequest):
    """The URL is none that this registry calls or tells others to call."""

    code = "refused-url"


class ForeignName(Forbidden):
    """The token is good, and bound to other names."""

    code = "foreign-name"


class UnknownService(NotFound):
    code = "unknown-service"


class UnknownInstance(NotFound):
    code = "unknown-instance"


class WrongSecret(ServiceError):
    status, code = 403, "wrong-secret"


class QuotaExceeded(ServiceError):
    status, code = 429, "quota-exceeded"


class NoHealthyInstance(Unavailable):
    code = "no-healthy-instance"


class TooManyWatchers(Unavailable):
    code = "too-many-watchers"
