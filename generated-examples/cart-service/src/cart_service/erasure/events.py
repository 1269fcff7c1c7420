"""What is done here when a user wants to be forgotten, and the answer to it."""

from __future__ import annotations

from uuid import UUID

from ..chassis.events import Event


class CartUserErased(Event, type="shop.cart.user_erased.v1", subject="user_id"):
    user_id: UUID


class UserDeleted(Event, type="shop.user.deleted.v1", subject="user_id", source="user-service"):
    user_id: UUID
