"""What we do when cart-service speaks: remind who wants to be reminded."""

from __future__ import annotations

from uuid import UUID

from ..chassis.database import Transaction
from ..chassis.events import Event, Subscriptions
from ..chassis.money import Money
from ..informing import inform
from ..order.events import Line

subscriptions = Subscriptions()


class CartAbandoned(Event, type="shop.cart.abandoned.v1", subject="cart_id", source="cart-service"):
    cart_id: UUID
    user_id: UUID
    lines: tuple[Line, ...]
    total: Money


@subscriptions.subscribe(CartAbandoned)
async def remind(event: CartAbandoned, tx: Transaction) -> None:
    cart = {"total": str(event.total), "lines": [line.shown for line in event.lines]}
    await inform(tx, event.user_id, "cart-abandoned", cart, once=str(event.envelope.id))
