"""What is done with an order when others speak."""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from uuid import UUID

from ..chassis.database import Transaction
from ..chassis.events import Event, Subscriptions
from ..payment import repository as payments
from ..saga import repository as sagas
from ..saga.models import Step
from . import repository, transitions
from .models import Reason

_EXPIRED: Final = "expired"

subscriptions = Subscriptions()


class InventoryReleased(
    Event,
    type="shop.inventory.released.v1",
    subject="reservation_id",
    source="product-service",
):
    reservation_id: UUID
    order_id: UUID
    reason: str


@subscriptions.subscribe(InventoryReleased)
async def expire(event: InventoryReleased, tx: Transaction) -> None:
    """Nothing is held for the order any more: unless its payment is here already, it is over."""
    order = await repository.find_to_change(tx, event.order_id)
    if event.reason != _EXPIRED or order is None or not order.unpaid:
        return
    saga = await sagas.get(tx, order.id)
    attempts = await payments.list_of_order(tx, order.id)
    if saga.reservation_id != event.reservation_id or any(one.succeeded for one in attempts):
        return
    await transitions.cancel(tx, order, Reason.expired)
    await sagas.turn(tx, order.id, Step.void, lease=timedelta())
