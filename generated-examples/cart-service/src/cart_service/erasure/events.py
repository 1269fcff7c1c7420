"""What is done here when a user wants to be forgotten, and the answer to it."""

from __future__ import annotations

from uuid import UUID

from ..chassis import idempotency
from ..chassis.database import Transaction
from ..chassis.events import Event, Subscriptions, publish
from ..conversion import repository as conversions
from . import repository

subscriptions = Subscriptions()


class UserDeleted(Event, type="shop.user.deleted.v1", subject="user_id", source="user-service"):
    user_id: UUID


class CartUserErased(Event, type="shop.cart.user_erased.v1", subject="user_id"):
    user_id: UUID


@subscriptions.subscribe(UserDeleted)
async def erase(event: UserDeleted, tx: Transaction) -> None:
    """Answered each time: whoever asks again has not heard the answer."""
    await repository.remove_carts_of(tx, event.user_id)
    await conversions.remove_all_of(tx, event.user_id)
    await idempotency.forget(tx, str(event.user_id))
    await publish(tx, CartUserErased(user_id=event.user_id))
