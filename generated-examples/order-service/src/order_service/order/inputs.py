"""What a customer says."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from ..chassis.money import Money

PaymentMethod = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,100}$")]


class Placement(BaseModel):
    """What a customer says to order a cart as she has seen it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cart_id: UUID
    cart_version: int = Field(ge=1, le=2**31 - 1)
    address_id: UUID
    payment_method: PaymentMethod
    expected_total: Money

    @field_validator("expected_total")
    @classmethod
    def _is_something(cls, total: Money) -> Money:
        if total.amount < 1:
            raise ValueError("must be more than nothing")
        return total
