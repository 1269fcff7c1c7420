"""What this service asks of a payment provider, whoever it is, and what it is told by it.

ProviderUnavailable  503  no answer; whether it had an effect is unknown: ask again, with the key
ProviderRefused      502  the provider says no, and would say it again; `reason` is its word for why
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from ..chassis.errors import BadGateway, Unavailable
from ..chassis.money import Money


class IntentStatus(StrEnum):
    processing = "processing"
    requires_action = "requires_action"
    succeeded = "succeeded"
    declined = "declined"
    cancelled = "cancelled"

    @property
    def open(self) -> bool:
        """Whether the provider, or the customer, has not decided yet."""
        return self in (IntentStatus.processing, IntentStatus.requires_action)


@dataclass(frozen=True, slots=True)
class Intent:
    """One attempt to be paid, as it was when the provider spoke of it.

    `captured` is what was taken. A declined one has a `decline_code`; one that waits for the
    customer has a `next_action` for the provider's code in the browser, as has `client_secret`.
    """

    id: str
    status: IntentStatus
    amount: Money
    captured: Money
    metadata: Mapping[str, str]
    client_secret: str | None = None
    decline_code: str | None = None
    next_action: Mapping[str, object] | None = None


class RefundStatus(StrEnum):
    pending = "pending"
    succeeded = "succeeded"
    failed = "failed"


@dataclass(frozen=True, slots=True)
class ProviderRefund:
    """Money on its way back to the customer."""

    id: str
    intent_id: str
    amount: Money
    status: RefundStatus


@dataclass(frozen=True, slots=True)
class ProviderEvent:
    """What the provider tells by itself: at least once, in any order, of what was then.

    `about` is None where it concerns nothing that this service knows; such an event is taken too.
    """

    id: str
    type: str
    created: datetime
    about: Intent | ProviderRefund | None


class ProviderUnavailable(Unavailable):
    """No answer, or one that says to come again; whether there was an effect is unknown."""


class ProviderRefused(BadGateway):
    """The provider understood, and will not: `code` is its word for the reason."""

    def __init__(self, message: str, *, reason: str, parameter: str | None = None) -> None:
        super().__init__(message)
        self.reason = reason
        self.parameter = parameter


class Provider(Protocol):
    """A payment provider; each method asks once and within PAYMENTS_TIMEOUT_SECONDS.

    All raise ProviderUnavailable and ProviderRefused. What is asked again with its key has one
    effect and the first answer: repeat with the same key until there is an answer. Never call it
    inside a database transaction.
    """

    @property
    def id(self) -> str:
        """By which name it is stored, and calls back: `/v1/webhooks/payments/{id}`."""
        ...

    async def create_intent(
        self, amount: Money, method: str, *, key: str, metadata: Mapping[str, str]
    ) -> Intent:
        """Try to take the amount; a decline is an answer, not an error.

        `metadata` comes back with the intent and its events; `order_id` must be in it. An unknown
        method is ProviderRefused with the parameter `payment_method`.
        """
        ...

    async def get(self, id: str) -> Intent:
        """The intent as it is now."""
        ...

    async def cancel(self, id: str) -> Intent:
        """Give up the intent; the answer is as it then is: `succeeded` where that was too late."""
        ...

    async def refund(self, intent_id: str, amount: Money, *, key: str) -> ProviderRefund:
        """Give money back; ProviderRefused where that is more than is left of the intent."""
        ...

    def parse_webhook(self, headers: Mapping[str, str], raw: bytes) -> ProviderEvent:
        """What the provider says in a request with these headers and exactly these bytes.

        Raises BadSignature, StaleTimestamp and, for what is signed and yet no event, MalformedJson
        (400 each).
        """
        ...
