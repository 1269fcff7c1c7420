"""What the others hear of a mail."""

from __future__ import annotations

from uuid import UUID

from ..chassis.events import Event


class NotificationDelivered(Event, type="shop.notification.delivered.v1", subject="delivery_id"):
    """A mail server has taken it; without a `user_id` it went to an address only."""

    delivery_id: UUID
    user_id: UUID | None
    template: str
    channel: str


class NotificationFailed(Event, type="shop.notification.failed.v1", subject="delivery_id"):
    """It will not be tried again by itself; `reason` says why."""

    delivery_id: UUID
    user_id: UUID | None
    template: str
    channel: str
    reason: str
