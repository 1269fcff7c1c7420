"""What each service says once it keeps nothing of a user any more."""

from __future__ import annotations

from uuid import UUID

from ..chassis.database import Transaction
from ..chassis.events import Event, Subscriptions
from . import service

subscriptions = Subscriptions()


class UserErased(Event, subject="user_id"):
    """The same of each of them, published by the name of its own."""

    user_id: UUID


class CartUserErased(UserErased, type="shop.cart.user_erased.v1", source="cart-service"):
    pass


class NotificationUserErased(
    UserErased, type="shop.notification.user_erased.v1", source="notification-service"
):
    pass


class OrderUserErased(UserErased, type="shop.order.user_erased.v1", source="order-service"):
    pass


class ProductUserErased(UserErased, type="shop.product.user_erased.v1", source="product-service"):
    pass


async def acknowledge(event: UserErased, tx: Transaction) -> None:
    """Note who has answered; with the last one the erasure is complete."""
    await service.acknowledge(tx, event.user_id, event.envelope.source)


_ANSWERS: tuple[type[UserErased], ...] = (
    CartUserErased,
    NotificationUserErased,
    OrderUserErased,
    ProductUserErased,
)
for answer in _ANSWERS:
    subscriptions.subscribe(answer)(acknowledge)
