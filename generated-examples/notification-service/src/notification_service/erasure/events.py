"""What we do when a user wants to be forgotten, and the answer to it."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from ..chassis.database import Transaction
from ..chassis.events import Event, Subscriptions, publish
from ..chassis.websocket import Hub
from ..delivery import repository as deliveries
from ..live import service as live
from ..notification import repository as notifications
from ..order import repository as orders
from ..preference import repository as preferences
from ..recipient import repository as recipients
from ..suppression import repository as suppressions
from ..template.kinds import GOODBYE


class UserDeleted(Event, type="shop.user.deleted.v1", subject="user_id", source="user-service"):
    user_id: UUID


class NotificationUserErased(Event, type="shop.notification.user_erased.v1", subject="user_id"):
    """Nothing is kept of this user here any more."""

    user_id: UUID


def subscriptions(hub: Hub) -> Subscriptions:
    """What is done with whose help: the hub keeps what was told live."""
    subscriptions = Subscriptions()

    @subscriptions.subscribe(UserDeleted)
    async def erase(event: UserDeleted, tx: Transaction) -> None:
        """Only the goodbye still goes out, and its address is forgotten with it."""
        user, now = event.user_id, datetime.now(UTC)
        address = await recipients.erase(tx, user, event.envelope.sequence or 0, now)
        if address is not None:
            await suppressions.remove(tx, address)
        await deliveries.forget(tx, user, GOODBYE, now)
        await notifications.remove_all_of(tx, user)
        await preferences.remove_all_of(tx, user)
        await live.forget(tx, hub, user, await orders.forget_owner(tx, user))
        await publish(tx, NotificationUserErased(user_id=user))

    return subscriptions
