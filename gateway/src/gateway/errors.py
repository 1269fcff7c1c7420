"""What the gateway itself answers; none of it names an internal address.

BadRequest            400
  AmbiguousPath            ambiguous-path
  UnreadableHeader         unreadable-header
NotFound              404
  NoRoute                  no-route
ServiceError
  ClientTooSlow       408  request-timeout
BadGateway            502  bad-gateway
  NoAnswer                 bad-gateway, and nothing of an answer came
Unavailable           503
  NoRoutesYet              no-routes-yet
  NoHealthyInstance        no-healthy-instance
    Unreachable            no-healthy-instance, and nothing was sent
DeadlineExceeded      504
  UpstreamTimeout          upstream-timeout
BrokenAnswer               the answer has begun and cannot be ended: the connection is cut
"""

from __future__ import annotations

from .chassis.errors import (
    BadGateway,
    BadRequest,
    DeadlineExceeded,
    NotFound,
    ServiceError,
    Unavailable,
)


class AmbiguousPath(BadRequest):
    code = "ambiguous-path"


class UnreadableHeader(BadRequest):
    code = "unreadable-header"


class NoRoute(NotFound):
    code = "no-route"


class ClientTooSlow(ServiceError):
    status, code = 408, "request-timeout"


class NoAnswer(BadGateway):
    """The connection ended before an answer came."""


class NoRoutesYet(Unavailable):
    code = "no-routes-yet"


class NoHealthyInstance(Unavailable):
    code = "no-healthy-instance"


class Unreachable(NoHealthyInstance):
    """No connection could be made, and so nothing was sent."""


class UpstreamTimeout(DeadlineExceeded):
    code = "upstream-timeout"


class BrokenAnswer(Exception):
    """The service ended in the middle of its answer."""
