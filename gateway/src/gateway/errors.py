"""What the gateway itself answers; none of it names an internal address.

BadRequest            400
  AmbiguousPath            ambiguous-path
  MalformedRequest         malformed-request
  UnreadableHeader         unreadable-header
NotFound              404
  NoRoute                  no-route
ServiceError
  ClientTooSlow       408  request-timeout
  UriTooLong          414  uri-too-long
  ExpectationFailed   417  expectation-failed
  UpgradeRequired     426  upgrade-required
  HeadTooLarge        431  head-too-large
  UnknownCoding       501  unknown-coding
  NoWebSockets        501  no-websockets
BadGateway            502  bad-gateway
  NoAnswer                 bad-gateway, and nothing of an answer came
Unavailable           503
  NoRoutesYet              no-routes-yet
  NoHealthyInstance        no-healthy-instance
    Unreachable            no-healthy-instance, and nothing was sent
  LeftAlone                circuit-open
  TooBusy                  too-busy
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


class MalformedRequest(BadRequest):
    code = "malformed-request"


class UnreadableHeader(BadRequest):
    code = "unreadable-header"


class NoRoute(NotFound):
    code = "no-route"


class ClientTooSlow(ServiceError):
    status, code = 408, "request-timeout"


class UriTooLong(ServiceError):
    status, code = 414, "uri-too-long"


class ExpectationFailed(ServiceError):
    status, code = 417, "expectation-failed"


class UpgradeRequired(ServiceError):
    """This place is for WebSockets."""

    status, code = 426, "upgrade-required"

    def __init__(self, message: str) -> None:
        asked = {"upgrade": "websocket", "connection": "upgrade", "sec-websocket-version": "13"}
        super().__init__(message, headers=asked)


class HeadTooLarge(ServiceError):
    status, code = 431, "head-too-large"


class UnknownCoding(ServiceError):
    status, code = 501, "unknown-coding"


class NoWebSockets(ServiceError):
    """The data plane inside uvicorn is the only one that has tunnels."""

    status, code = 501, "no-websockets"


class NoAnswer(BadGateway):
    """The connection ended before an answer came."""


class NoRoutesYet(Unavailable):
    code = "no-routes-yet"


class NoHealthyInstance(Unavailable):
    code = "no-healthy-instance"


class Unreachable(NoHealthyInstance):
    """No connection could be made, and so nothing was sent."""


class LeftAlone(Unavailable):
    """The service fails so often that it is given time to recover."""

    code = "circuit-open"


class TooBusy(Unavailable):
    """As many requests are under way to the instance as may be."""

    code = "too-busy"


class UpstreamTimeout(DeadlineExceeded):
    code = "upstream-timeout"


class BrokenAnswer(Exception):
    """The service ended in the middle of its answer."""
