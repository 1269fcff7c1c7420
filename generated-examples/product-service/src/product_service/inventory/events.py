"""What the others hear of the stock of a product."""

from __future__ import annotations

from typing import Self
from uuid import UUID

from ..chassis.events import Event
from .models import Level, State


class InventoryLevelChanged(Event, type="shop.inventory.level_changed.v1", subject="product_id"):
    product_id: UUID
    available: int
    state: State

    @classmethod
    def of(cls, level: Level) -> Self:
        return cls(product_id=level.product_id, available=level.available, state=level.state)
