"""One parcel of an order."""

from __future__ import annotations

from datetime import datetime
from typing import Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from ..chassis.fields import Line
from ..chassis.identifiers import uuid7


class ShipmentInput(BaseModel):
    """What the warehouse says of a parcel; `tracking` is the number that its carrier gave it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    carrier: Line
    tracking: Line


class Shipment(BaseModel):
    """One parcel."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    order_id: UUID
    carrier: str
    tracking_number: str
    shipped_at: datetime
    delivered_at: datetime | None = None

    @classmethod
    def create(cls, order_id: UUID, said: ShipmentInput, now: datetime) -> Self:
        return cls(
            id=uuid7(),
            order_id=order_id,
            carrier=said.carrier,
            tracking_number=said.tracking,
            shipped_at=now,
        )

    def delivered(self, now: datetime) -> Self:
        return self.model_copy(update={"delivered_at": now})
