"""What is done here when an order was paid: its quantities leave the cart, and nothing else."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from uuid import UUID

import structlog
from pydantic import BaseModel, ConfigDict

from ..cart import repository as carts
from ..cart.events import CartConverted
from ..chassis.database import Transaction
from ..chassis.events import Event, Subscriptions, publish
from . import repository
from .models import Conversion

log = structlog.get_logger()

subscriptions = Subscriptions()


class OrderedLine(BaseModel):
    """So much of a product was ordered."""

    model_config = ConfigDict(frozen=True)

    product_id: UUID
    quantity: int


class OrderPaid(Event, type="shop.order.paid.v1", subject="order_id", source="order-service"):
    order_id: UUID
    user_id: UUID
    cart_id: UUID
    lines: tuple[OrderedLine, ...]


@subscriptions.subscribe(OrderPaid)
async def convert(event: OrderPaid, tx: Transaction) -> None:
    """Once for each order, also where its payment is told by several events."""
    now = datetime.now(UTC)
    cart = await carts.find_to_change(tx, event.cart_id)
    if cart is None or cart.user_id != event.user_id:  # its user was erased meanwhile
        log.warning("conversion.no_cart", cart=event.cart_id, order=event.order_id)
        return
    conversion = Conversion(
        order_id=event.order_id, cart_id=cart.id, user_id=event.user_id, converted_at=now
    )
    if not await repository.claim(tx, conversion):
        return
    ordered: Counter[UUID] = Counter()
    for line in event.lines:
        ordered[line.product_id] += line.quantity
    left = cart.bought(ordered, now)
    await carts.save(tx, left)
    told = CartConverted(cart_id=cart.id, order_id=event.order_id, user_id=event.user_id)
    await publish(tx, told, sequence=left.version)
