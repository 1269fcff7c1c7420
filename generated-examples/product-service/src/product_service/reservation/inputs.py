"""What other services say to reserve something, and to settle it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Annotated, Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

_LONGEST: Final = 86_400
Seconds = Annotated[int, Field(ge=1, le=_LONGEST)]
Wanted = Mapping[UUID, int]


class Reason(StrEnum):
    """Why what was held is free again."""

    cancelled = "cancelled"
    expired = "expired"
    payment_failed = "payment_failed"


class LineInput(BaseModel):
    """So many of one product, as a caller asks for them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    product_id: UUID
    quantity: int = Field(ge=1, le=100_000)


class ReservationInput(BaseModel):
    """What an order wants held, and for how long; `order_id` is the key of the request."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    order_id: UUID
    ttl_seconds: Seconds
    lines: Annotated[tuple[LineInput, ...], Field(min_length=1, max_length=100)]

    @property
    def wanted(self) -> Wanted:
        """How many of each product, in the order in which all lock them."""
        total: Counter[UUID] = Counter()
        for line in self.lines:
            total[line.product_id] += line.quantity
        return dict(sorted(total.items()))

    def places_of(self, product_ids: Collection[UUID]) -> dict[str, UUID]:
        """Where these products stand in the request, as JSON pointers."""
        return {
            f"/lines/{place}/product_id": line.product_id
            for place, line in enumerate(self.lines)
            if line.product_id in product_ids
        }


class Extension(BaseModel):
    """How much longer to hold it, from now on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ttl_seconds: Seconds


class Release(BaseModel):
    """Why it is given back: an order that was not paid in time has expired as well."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: Reason = Reason.cancelled
