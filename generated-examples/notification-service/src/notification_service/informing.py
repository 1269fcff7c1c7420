"""Tell a user something: in the shop, live, and by mail, as far as the user wants it."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from .chassis.database import Transaction
from .delivery import service as deliveries
from .delivery.models import LIFETIME, Wanted
from .live import service as live
from .notification import repository as notifications
from .notification.models import Notification
from .preference import repository as preferences
from .preference.models import Channel
from .recipient import repository as recipients
from .template.kinds import KINDS, Data


async def inform(tx: Transaction, user_id: UUID, kind: str, data: Data, *, once: str) -> None:
    """`once` is what the mail is sent once for; somebody who is erased is told nothing."""
    recipient = await recipients.find_to_address(tx, user_id)
    if recipient is not None and recipient.erased:
        return
    now = datetime.now(UTC)
    if await preferences.wants(tx, user_id, KINDS[kind].category, Channel.in_app):
        notification = Notification.of(kind, data, now)
        await notifications.add(tx, user_id, notification)
        await live.tell(tx, "me/notifications", "notification.created", notification, to=user_id)
    wanted = Wanted.once_for(once, kind, user_id=user_id, data=data, expires_at=now + LIFETIME)
    await deliveries.want(tx, wanted, now)
