"""What the others answer when they are told that a user is deleted."""

from __future__ import annotations

from uuid import UUID

from ..chassis.database import Transaction
from ..chassis.events import Event, Subscriptions
from . import service

subscriptions = Subscriptions()


class CartUserErased(
    Event, type="shop.cart.user_erased.v1", subject="user_id", source="cart-service"
):
    user_id: UUID


class OrderUserErased(
    Event, type="shop.order.user_erased.v1", subject="user_id", source="order-service"
):
    user_id: UUID


class NotificationUserErased(
    Event,
    type="shop.notification.user_erased.v1",
    subject="user_id",
    source="notification-service",
):
    user_id: UUID


@subscriptions.subscribe(CartUserErased)
async def carts_are_erased(event: CartUserErased, tx: Transaction) -> None:
    await service.acknowledge(tx, event.user_id, "cart-service")


@subscriptions.subscribe(OrderUserErased)
async def orders_are_erased(event: OrderUserErased, tx: Transaction) -> None:
    await service.acknowledge(tx, event.user_id, "order-service")


@subscriptions.subscribe(NotificationUserErased)
async def notifications_are_erased(event: NotificationUserErased, tx: Transaction) -> None:
    await service.acknowledge(tx, event.user_id, "notification-service")
