"""What the others hear of a reservation."""

from __future__ import annotations

from uuid import UUID

from ..chassis.events import Event
from .models import Line, Reason


class _OfReservation(Event, subject="reservation_id"):
    reservation_id: UUID
    order_id: UUID
    lines: tuple[Line, ...]


class InventoryReserved(_OfReservation, type="shop.inventory.reserved.v1"):
    pass


class InventoryCommitted(_OfReservation, type="shop.inventory.committed.v1"):
    pass


class InventoryReleased(_OfReservation, type="shop.inventory.released.v1"):
    reason: Reason
