"""What the others hear of carts, and what becomes of a cart when they speak."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from ..chassis.events import Event
from ..chassis.money import Money


class AbandonedLine(BaseModel):
    """What lies in a cart that nobody came back to."""

    model_config = ConfigDict(frozen=True)

    product_id: UUID
    name: str
    quantity: int
    unit_price: Money


class CartMerged(Event, type="shop.cart.merged.v1", subject="cart_id"):
    cart_id: UUID
    user_id: UUID
    guest_cart_id: UUID


class CartAbandoned(Event, type="shop.cart.abandoned.v1", subject="cart_id"):
    cart_id: UUID
    user_id: UUID
    lines: tuple[AbandonedLine, ...]
    total: Money
    idle_since: datetime


class CartConverted(Event, type="shop.cart.converted.v1", subject="cart_id"):
    cart_id: UUID
    order_id: UUID
    user_id: UUID


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
