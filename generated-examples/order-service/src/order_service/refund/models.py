"""One refund of a payment, in full or in part."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, field_validator

from ..chassis.errors import Conflict
from ..chassis.fields import Line
from ..chassis.identifiers import uuid7
from ..chassis.money import Money
from ..payment.models import Payment


class RefundStatus(StrEnum):
    pending = "pending"
    succeeded = "succeeded"
    failed = "failed"


class RefundExceedsCaptured(Conflict):
    """No more goes back than was taken."""

    code = "refund-exceeds-captured"


class RefundRequest(BaseModel):
    """What support says to give money back."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    amount: Money
    reason: Line

    @field_validator("amount")
    @classmethod
    def _is_something(cls, amount: Money) -> Money:
        if amount.amount < 1:
            raise ValueError("must be more than nothing")
        return amount


class Refund(BaseModel):
    """One refund; it is stored before the provider is asked."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    order_id: UUID
    payment_id: UUID
    amount: Money
    reason: str
    provider_id: str | None = None
    status: RefundStatus = RefundStatus.pending
    created_at: datetime
    updated_at: datetime

    @classmethod
    def create(cls, payment: Payment, amount: Money, reason: str, now: datetime) -> Self:
        return cls(
            id=uuid7(),
            order_id=payment.order_id,
            payment_id=payment.id,
            amount=amount,
            reason=reason,
            created_at=now,
            updated_at=now,
        )

    @property
    def key(self) -> str:
        """With this the provider gives the money back once."""
        return f"order:{self.order_id}:refund:{self.id}"

    def succeeded(self, provider_id: str, now: datetime) -> Self:
        return self.model_copy(
            update={
                "provider_id": provider_id,
                "status": RefundStatus.succeeded,
                "updated_at": now,
            }
        )

    def failed(self, now: datetime) -> Self:
        return self.model_copy(update={"status": RefundStatus.failed, "updated_at": now})


def left(payment: Payment, refunds: Iterable[Refund]) -> Money:
    """What can still be given back of a payment."""
    nothing = payment.amount * 0
    given = (one.amount for one in refunds if one.status is not RefundStatus.failed)
    return payment.amount - sum(given, start=nothing)


def returned(refunds: Iterable[Refund], currency: str) -> Money:
    """What has gone back."""
    nothing = Money(amount=0, currency=currency)
    given = (one.amount for one in refunds if one.status is RefundStatus.succeeded)
    return sum(given, start=nothing)
