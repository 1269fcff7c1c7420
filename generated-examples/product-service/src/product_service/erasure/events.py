"""What is done here when a user wants to be forgotten, and the answer to it."""

from __future__ import annotations

from uuid import UUID

from ..chassis.database import Transaction
from ..chassis.events import Event, Subscriptions, publish
from . import service

subscriptions = Subscriptions()


class UserDeleted(Event, type="shop.user.deleted.v1", subject="user_id", source="user-service"):
    user_id: UUID


class ProductUserErased(Event, type="shop.product.user_erased.v1", subject="user_id"):
    user_id: UUID


@subscriptions.subscribe(UserDeleted)
async def erase(event: UserDeleted, tx: Transaction) -> None:
    await service.forget(tx, event.user_id)
    await publish(tx, ProductUserErased(user_id=event.user_id))
