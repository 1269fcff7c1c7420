"""What we do when user-service asks for a mail: claim it, and say nothing of what is in it.

Whoever holds a link can act for its owner: no value of such a request is ever logged, and none is
kept when the mail has gone.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import UUID

from pydantic import Field

from ..chassis.database import Transaction
from ..chassis.events import Event, Subscriptions, Unprocessable
from ..delivery import service as deliveries
from ..delivery.models import Wanted
from ..template.kinds import KINDS

subscriptions = Subscriptions()


class NotificationRequested(
    Event,
    type="shop.notification.requested.v1",
    subject="dedupe_key",
    source="user-service",
    private=True,
):
    template: str
    recipient: str = Field(repr=False)
    data: Mapping[str, str] = Field(repr=False)
    dedupe_key: str
    expires_at: datetime

    @property
    def user_id(self) -> UUID | None:
        """Whom it is about, where that is said."""
        said = self.data.get("user_id")
        return UUID(said) if said else None


@subscriptions.subscribe(NotificationRequested)
async def send(event: NotificationRequested, tx: Transaction) -> None:
    if event.template not in KINDS:
        raise Unprocessable(f"there is no template {event.template}")
    wanted = Wanted.once_for(
        event.dedupe_key,
        event.template,
        user_id=event.user_id,
        recipient=event.recipient,
        data=dict(event.data),
        expires_at=event.expires_at,
    )
    await deliveries.want(tx, wanted, datetime.now(UTC))
