"""Stripe's documents: read strictly where we depend on them, and not at all elsewhere."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict

from ..chassis.money import Money
from .port import Intent, IntentStatus, ProviderEvent, ProviderRefund, RefundStatus

# One that waits for another method was declined, or was only just made: see IntentDocument.intent.
_INTENTS: Final = {
    "processing": IntentStatus.processing,
    "requires_payment_method": IntentStatus.processing,
    "requires_confirmation": IntentStatus.processing,
    "requires_capture": IntentStatus.processing,
    "requires_action": IntentStatus.requires_action,
    "succeeded": IntentStatus.succeeded,
    "canceled": IntentStatus.cancelled,
}
_REFUNDS: Final = {
    "pending": RefundStatus.pending,
    "requires_action": RefundStatus.pending,
    "succeeded": RefundStatus.succeeded,
    "failed": RefundStatus.failed,
    "canceled": RefundStatus.failed,
}


class Document(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True)


class Failure(Document):
    """Why a payment or a request failed; a card's decline has its own code."""

    type: str = ""
    code: str = ""
    message: str = ""
    param: str | None = None
    decline_code: str | None = None
    payment_intent: IntentDocument | None = None


class Charged(Document):
    """What both an intent and a refund say; Stripe writes currencies in lower case."""

    id: str
    amount: int
    currency: str

    def money(self, amount: int) -> Money:
        return Money(amount=amount, currency=self.currency.upper())


class IntentDocument(Charged):
    object: Literal["payment_intent"]
    status: Literal[
        "processing",
        "requires_payment_method",
        "requires_confirmation",
        "requires_capture",
        "requires_action",
        "succeeded",
        "canceled",
    ]
    amount_received: int = 0
    metadata: dict[str, str] = {}
    client_secret: str | None = None
    next_action: dict[str, Any] | None = None  # Any: for the browser; we only pass it on
    last_payment_error: Failure | None = None

    @property
    def intent(self) -> Intent:
        failure = self.last_payment_error
        declined = self.status == "requires_payment_method" and failure is not None
        return Intent(
            id=self.id,
            status=IntentStatus.declined if declined else _INTENTS[self.status],
            amount=self.money(self.amount),
            captured=self.money(self.amount_received),
            metadata=self.metadata,
            client_secret=self.client_secret,
            decline_code=_why(failure) if declined and failure else None,
            next_action=self.next_action,
        )


class RefundDocument(Charged):
    object: Literal["refund"]
    payment_intent: str
    status: Literal["pending", "requires_action", "succeeded", "failed", "canceled"]

    @property
    def refund(self) -> ProviderRefund:
        amount = self.money(self.amount)
        return ProviderRefund(self.id, self.payment_intent, amount, _REFUNDS[self.status])


class Refusal(Document):
    """The body of an answer that is no success."""

    error: Failure


class About(Document):
    """What an event is about, whatever that is."""

    object: dict[str, Any]  # Any: JSON of a kind that is read by its type


class EventDocument(Document):
    id: str
    type: str
    created: int
    data: About

    @property
    def event(self) -> ProviderEvent:
        created = datetime.fromtimestamp(self.created, UTC)
        return ProviderEvent(self.id, self.type, created, self._about)

    @property
    def _about(self) -> Intent | ProviderRefund | None:
        if self.type.startswith("payment_intent."):
            return IntentDocument.model_validate(self.data.object).intent
        if self.type.startswith("refund."):
            return RefundDocument.model_validate(self.data.object).refund
        return None


def _why(failure: Failure) -> str:
    return failure.decline_code or failure.code
