"""What the others hear of sessions, and what we do when we hear it ourselves."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ..chassis.auth import Revocations
from ..chassis.database import Transaction
from ..chassis.events import Event, Subscriptions
from . import repository
from .denial import deny


class SessionRevoked(Event, type="shop.user.session_revoked.v1", subject="user_id"):
    """Without a `session_id`: every session of the user that began before `not_before`."""

    user_id: UUID
    session_id: UUID | None
    reason: str
    not_before: datetime


def subscriptions(revocations: Revocations) -> Subscriptions:
    """Feed the list of ended sessions, however often Valkey or this process goes away."""
    found = Subscriptions()

    @found.subscribe(SessionRevoked)
    async def feed_the_list(event: SessionRevoked, tx: Transaction) -> None:
        ended = (
            [event.session_id]
            if event.session_id
            else await repository.list_revoked_since(tx, event.user_id, event.not_before)
        )
        await deny(revocations, ended, event.not_before)

    return found
