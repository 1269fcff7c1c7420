"""Mails that are wanted: a command for the notification service and for nobody else.

Whoever holds a link can act for its owner, so these travel on a stream of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Self

from ..account.models import Account
from ..chassis.events import Event
from .models import Link, hash_of


class NotificationRequested(
    Event, type="shop.notification.requested.v1", subject="dedupe_key", private=True
):
    """`dedupe_key` is the same for what shall arrive once only; `data` fills the template."""

    template: str
    recipient: str
    data: Mapping[str, str]
    dedupe_key: str
    expires_at: datetime

    @classmethod
    def with_link(cls, template: str, account: Account, link: Link) -> Self:
        """A mail that carries a link, and is of no use after it."""
        return cls(
            template=template,
            recipient=account.address,
            data={**_about(account), "link_token": link.token},
            dedupe_key=f"{template}:{hash_of(link.token).hex()}",
            expires_at=link.expires_at,
        )

    @classmethod
    def news(cls, template: str, account: Account, *, once: str, now: datetime) -> Self:
        """A mail that tells something; `once` is what it is sent once for."""
        return cls(
            template=template,
            recipient=account.address,
            data=_about(account),
            dedupe_key=f"{template}:{account.id}:{once}",
            expires_at=now + timedelta(days=1),
        )


def _about(account: Account) -> dict[str, str]:
    return {
        "user_id": str(account.id),
        "display_name": account.display_name,
        "locale": account.locale,
    }
