"""What we do when user-service speaks of its users: keep what mails need of them."""

from __future__ import annotations

from uuid import UUID

from ..chassis.database import Transaction
from ..chassis.events import Event, Subscriptions
from . import repository
from .models import Recipient

subscriptions = Subscriptions()


class _UserEvent(Event, subject="user_id", source="user-service"):
    user_id: UUID
    email: str

    @property
    def version(self) -> int:
        """Of the account, which this leads to."""
        return self.envelope.sequence or 0


class _Described(_UserEvent):
    display_name: str
    locale: str

    @property
    def recipient(self) -> Recipient:
        return Recipient(
            user_id=self.user_id,
            email=self.email,
            display_name=self.display_name,
            locale=self.locale,
            version=self.version,
            erased_at=None,
        )


class UserRegistered(_Described, type="shop.user.registered.v1"):
    pass


class UserProfileUpdated(_Described, type="shop.user.profile_updated.v1"):
    pass


class UserEmailVerified(_UserEvent, type="shop.user.email_verified.v1"):
    pass


@subscriptions.subscribe(UserRegistered)
async def meet(event: UserRegistered, tx: Transaction) -> None:
    await repository.learn(tx, event.recipient)


@subscriptions.subscribe(UserProfileUpdated)
async def follow(event: UserProfileUpdated, tx: Transaction) -> None:
    await repository.learn(tx, event.recipient)


@subscriptions.subscribe(UserEmailVerified)
async def confirm(event: UserEmailVerified, tx: Transaction) -> None:
    await repository.learn_address(tx, event.user_id, event.email, event.version)
