"""What the others hear of an erasure."""

from __future__ import annotations

from uuid import UUID

from ..chassis.events import Event


class NotificationUserErased(Event, type="shop.notification.user_erased.v1", subject="user_id"):
    """Nothing is kept of this user here any more."""

    user_id: UUID
