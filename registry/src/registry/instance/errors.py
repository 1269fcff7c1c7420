"""Failures of the registry's calls.

NotFound          404
  UnknownService       unknown-service
  UnknownInstance      unknown-instance
ServiceError
  WrongSecret     403  wrong-secret
  QuotaExceeded   429  quota-exceeded
Unavailable       503
  NoHealthyInstance    no-healthy-instance
"""

from __future__ import annotations

from ..chassis.errors import NotFound, ServiceError, Unavailable


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
