"""What the others hear of a reservation."""

from __future__ import annotations

from typing import Self
from uuid import UUID

from ..chassis.events import Event
from .inputs import Reason
from .models import Line, Reservation


class _OfReservation(Event, subject="reservation_id"):
    reservation_id: UUID
    order_id: UUID
    lines: tuple[Line, ...]

    @classmethod
    def of(cls, reservation: Reservation, **more: object) -> Self:
        lines = tuple(
            Line(product_id=line.product_id, quantity=line.quantity) for line in reservation.lines
        )
        return cls.model_validate(
            {
                "reservation_id": reservation.id,
                "order_id": reservation.order_id,
                "lines": lines,
                **more,
            }
        )


class InventoryReserved(_OfReservation, type="shop.inventory.reserved.v1"):
    pass


class InventoryCommitted(_OfReservation, type="shop.inventory.committed.v1"):
    pass


class InventoryReleased(_OfReservation, type="shop.inventory.released.v1"):
    reason: Reason
