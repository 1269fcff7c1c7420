"""How long an exchange may stand still, and for whom it is waiting."""

from __future__ import annotations

from enum import Enum

from ..chassis.errors import ServiceError
from ..errors import ClientTooSlow, UpstreamTimeout
from ..wire.contract import Limits


class Waiting(Enum):
    """Whose move it is."""

    for_a_connection = "connecting took too long"
    for_the_body = "the rest of the body did not come in time"
    for_the_service_to_take_the_body = "the service did not take the body in time"
    for_the_answer = "the service did not answer in time"
    for_more_of_the_answer = "the service stopped in the middle of its answer"
    for_the_client_to_take_the_answer = "the client does not take its answer"

    @classmethod
    def of_request(cls, *, complete: bool, full: bool) -> Waiting:
        """`complete`: all of the body has come; `full`: the service takes no more of it."""
        if complete:
            return cls.for_the_answer
        return cls.for_the_service_to_take_the_body if full else cls.for_the_body

    @classmethod
    def of_answer(cls, *, full: bool) -> Waiting:
        """`full`: the client takes no more of it."""
        return cls.for_the_client_to_take_the_answer if full else cls.for_more_of_the_answer


class Patience:
    """Looked at ten times a second, and told whether something moved in between."""

    __slots__ = ("_looked", "_moved_at", "_waited", "_waiting", "began", "limits")

    def __init__(self, limits: Limits, began: float) -> None:
        self.limits = limits
        self.began = self._moved_at = self._looked = began
        self._waiting = Waiting.for_a_connection
        self._waited = 0.0  # for the body of the client, in all

    def ended(self, now: float, waiting: Waiting, sent: int, *, moved: bool) -> ServiceError | None:
        """What the client is told if the time is over; `sent` bytes of its body have come."""
        if moved or waiting is not self._waiting:
            self._moved_at, self._waiting = now, waiting
        if waiting is Waiting.for_the_body:
            self._waited += now - self._looked
        self._looked = now
        if now - self.began > self.limits.total_seconds:
            return UpstreamTimeout("the exchange took too long")
        if now - self._moved_at <= self._allowed(waiting) and not self._too_slow(sent):
            return None
        if waiting is Waiting.for_the_body:
            return ClientTooSlow(waiting.value)
        return UpstreamTimeout(waiting.value)

    def _allowed(self, waiting: Waiting) -> float:
        if waiting is Waiting.for_a_connection:
            return self.limits.connect_seconds
        if waiting is Waiting.for_the_answer:
            return self.limits.first_byte_seconds
        if waiting is Waiting.for_the_client_to_take_the_answer:
            return float("inf")  # the connection of the client sees to that
        return self.limits.idle_seconds

    def _too_slow(self, sent: int) -> bool:
        """Less of the body came than must, with the first moments left out of account."""
        waited = self._waited
        return waited > self.limits.idle_seconds and sent < waited * self.limits.body_rate
