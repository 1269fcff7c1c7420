"""What can become of a call, besides a good answer.

BadGateway               502
  UpstreamProblem        502  the service refuses or fails, and says why
Unavailable              503
  Unreachable            503  no connection, or it broke
  NotFoundAnywhere       503  no healthy instance is known
  LeftAlone              503  the circuit breaker is open
  Crowded                503  too many calls to this service are under way
DeadlineExceeded         504
  NoTimeLeft             504  the caller's deadline is over, and nothing is sent
  TooSlow                504  no answer within the limits

Messages name the service and never its address: they reach our own callers.
"""

from __future__ import annotations

from ..errors import BadGateway, DeadlineExceeded, Unavailable
from .answer import Problem


class UpstreamProblem(BadGateway):
    """`problem` has the status, code and detail to decide by; uncaught, it is a 502 of ours."""

    def __init__(self, service: str, problem: Problem) -> None:
        super().__init__(f"{service} answered {problem.status} {problem.code}".rstrip())
        self.service = service
        self.problem = problem


class Unreachable(Unavailable):
    """`sent`: the request may have arrived, and may have had its effect."""

    def __init__(self, service: str, *, sent: bool) -> None:
        super().__init__(f"{service} cannot be reached")
        self.sent = sent


class NotFoundAnywhere(Unavailable):
    def __init__(self, service: str) -> None:
        super().__init__(f"no healthy instance of {service} is known")


class LeftAlone(Unavailable):
    def __init__(self, service: str) -> None:
        super().__init__(f"{service} has been failing and is left alone for some seconds")


class Crowded(Unavailable):
    def __init__(self, service: str) -> None:
        super().__init__(f"too many calls to {service} are under way")


class NoTimeLeft(DeadlineExceeded):
    def __init__(self, service: str) -> None:
        super().__init__(f"there is no time left to ask {service}")


class TooSlow(DeadlineExceeded):
    def __init__(self, service: str) -> None:
        super().__init__(f"{service} did not answer in time")
