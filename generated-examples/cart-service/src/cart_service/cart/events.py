"""What the others hear of carts."""

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
