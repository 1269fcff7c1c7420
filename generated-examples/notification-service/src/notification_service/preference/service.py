"""The use cases of preferences: load, decide, save, in one transaction each."""

from __future__ import annotations

from uuid import UUID

from ..chassis.database import Database, Transaction
from ..recipient import repository as recipients
from ..template.kinds import Category
from . import repository
from .models import Channel, LinkGone, Preferences, Subscription


async def get(database: Database, user_id: UUID) -> Preferences:
    async with database.connection() as tx:
        return await repository.get(tx, user_id)


async def replace(database: Database, user_id: UUID, said: Preferences) -> Preferences:
    """Want just this from now on; raises TransactionalNotOptional."""
    said.require_transactional()
    async with database.transaction() as tx:
        await repository.replace(tx, user_id, said)
    return said


async def subscription(database: Database, user_id: UUID, category: Category) -> Subscription:
    """Whether these mails come; raises LinkGone for somebody who is not here any more."""
    async with database.connection() as tx:
        await _require_somebody(tx, user_id)
        wanted = await repository.wants(tx, user_id, category, Channel.email)
    return Subscription(category=category, subscribed=wanted)


async def unsubscribe(database: Database, user_id: UUID, category: Category) -> Subscription:
    """End these mails; raises LinkGone for somebody who is not here any more."""
    async with database.transaction() as tx:
        await _require_somebody(tx, user_id)
        await repository.refuse(tx, user_id, category, Channel.email)
    return Subscription(category=category, subscribed=False)


async def _require_somebody(tx: Transaction, user_id: UUID) -> None:
    recipient = await recipients.find_to_address(tx, user_id)
    if recipient is None or recipient.erased:
        raise LinkGone
