"""What we do when product-service speaks of its stock: who looks at the product sees it live."""

from __future__ import annotations

from uuid import UUID

from ..chassis.database import Transaction
from ..chassis.events import Event, Subscriptions
from ..live import service as live

subscriptions = Subscriptions()


class InventoryLevelChanged(
    Event,
    type="shop.inventory.level_changed.v1",
    subject="product_id",
    source="product-service",
):
    product_id: UUID
    available: int
    state: str


@subscriptions.subscribe(InventoryLevelChanged)
async def level_changed(event: InventoryLevelChanged, tx: Transaction) -> None:
    await live.show(tx, event, f"inventory/{event.product_id}")
