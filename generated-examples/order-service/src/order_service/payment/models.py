"""One attempt to be paid, and what its provider says of it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from ..chassis.errors import ServiceError
from ..chassis.identifiers import uuid7
from ..chassis.money import Money
from ..provider import Intent

MOST_ATTEMPTS: Final = 3


class PaymentStatus(StrEnum):
    """In the order in which news are believed: what is told late never undoes what is known."""

    created = "created"
    processing = "processing"
    requires_action = "requires_action"
    cancelled = "cancelled"
    declined = "declined"
    succeeded = "succeeded"


_RANK: Final = {status: rank for rank, status in enumerate(PaymentStatus)}


class PaymentDeclined(ServiceError):
    """`decline_code` is the provider's word for why; `can_retry` says whether to try again."""

    status, code = 402, "payment-declined"


class Payment(BaseModel):
    """One attempt; it is stored before the provider is asked, so that no charge is forgotten."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    order_id: UUID
    attempt: int
    provider: str
    provider_id: str | None = None
    method: str
    status: PaymentStatus = PaymentStatus.created
    amount: Money
    decline_code: str | None = None
    client_secret: str | None = Field(default=None, repr=False)
    next_action: dict[str, Any] | None = None  # Any: the provider's JSON for the browser
    created_at: datetime
    updated_at: datetime

    @classmethod
    def create(
        cls, order_id: UUID, attempt: int, method: str, amount: Money, provider: str, now: datetime
    ) -> Self:
        return cls(
            id=uuid7(),
            order_id=order_id,
            attempt=attempt,
            provider=provider,
            method=method,
            amount=amount,
            created_at=now,
            updated_at=now,
        )

    def again(self, method: str, provider: str, now: datetime) -> Self:
        """The next attempt."""
        return self.create(self.order_id, self.attempt + 1, method, self.amount, provider, now)

    @property
    def key(self) -> str:
        """With this the provider takes the money once, however often it is asked."""
        return f"order:{self.order_id}:pay:{self.attempt}"

    @property
    def metadata(self) -> dict[str, str]:
        return {"order_id": str(self.order_id), "payment_id": str(self.id)}

    def is_of(self, intent: Intent) -> bool:
        """Whether this is the payment that an intent is of; another amount is another payment."""
        named = intent.metadata.get("payment_id") == str(self.id)
        ours = self.provider_id == intent.id or (self.provider_id is None and named)
        return ours and self.amount == intent.amount

    @property
    def open(self) -> bool:
        """Whether it is not decided yet."""
        return self.status in (
            PaymentStatus.created,
            PaymentStatus.processing,
            PaymentStatus.requires_action,
        )

    @property
    def succeeded(self) -> bool:
        return self.status is PaymentStatus.succeeded

    @property
    def declined(self) -> bool:
        return self.status is PaymentStatus.declined

    @property
    def can_retry(self) -> bool:
        return self.attempt < MOST_ATTEMPTS

    def told(self, intent: Intent, now: datetime) -> Self:
        """The payment after this news; the same if there is nothing new in it."""
        status = PaymentStatus(intent.status.value)
        if _RANK[status] <= _RANK[self.status]:
            return self
        undecided = intent.status.open
        return self.model_copy(
            update={
                "provider_id": intent.id,
                "status": status,
                "decline_code": intent.decline_code,
                "client_secret": intent.client_secret if undecided else None,
                "next_action": intent.next_action if undecided else None,
                "updated_at": now,
            }
        )

    def given_up(self, now: datetime) -> Self:
        """The same, unless it never came to the provider: then it never will."""
        if self.status is not PaymentStatus.created:
            return self
        return self.model_copy(update={"status": PaymentStatus.cancelled, "updated_at": now})

    @property
    def error(self) -> PaymentDeclined:
        """What whoever tried to pay is told."""
        return PaymentDeclined(
            "the payment was declined; try another method"
            if self.can_retry
            else "the payment was declined for the last time",
            decline_code=self.decline_code or "declined",
            can_retry=self.can_retry,
        )


class PaymentView(BaseModel):
    """What a customer sees of it; the secret and the action are for the provider's own code."""

    id: UUID
    attempt: int
    status: PaymentStatus
    amount: Money
    decline_code: str | None
    can_retry: bool
    client_secret: str | None
    next_action: dict[str, Any] | None  # Any: the provider's JSON

    @classmethod
    def of(cls, payment: Payment) -> Self:
        return cls(**payment.model_dump(include=_SHOWN), can_retry=payment.can_retry)


_SHOWN: Final = PaymentView.model_fields.keys() - {"can_retry"}
