"""The use case of the provider's events: load, decide, save, tell, in one transaction."""

from __future__ import annotations

from uuid import UUID

import structlog

from ..chassis.database import Database, Transaction
from ..order import repository as orders
from ..payment import repository as payments
from ..payment.settling import settle
from ..provider import Intent, ProviderEvent, ProviderRefund, RefundStatus
from ..saga.news import carry_on
from . import repository

log = structlog.get_logger()


async def take(database: Database, provider: str, event: ProviderEvent, raw: bytes) -> None:
    """Act upon an event once; what it says of nothing that is ours is kept and otherwise let be."""
    async with database.transaction() as tx:
        if not await repository.add(tx, provider, event, raw):
            return
        if isinstance(event.about, Intent):
            await _settle(tx, provider, event.about)
    if isinstance(event.about, ProviderRefund) and event.about.status is RefundStatus.failed:
        # It was on its way, by what the provider had said; only a person can find another way.
        log.error("refund.failed_later", refund=event.about.id, intent=event.about.intent_id)


async def _settle(tx: Transaction, provider: str, intent: Intent) -> None:
    order_id = await payments.find_order(tx, provider, intent.id) or _named(intent)
    order = await orders.find_to_change(tx, order_id) if order_id else None
    attempts = await payments.list_of_order(tx, order.id) if order else []
    payment = next((one for one in attempts if one.is_of(intent)), None)
    if order is None or payment is None:
        log.warning("webhook.unknown_payment", intent=intent.id)
        return
    if await settle(tx, order, payment, intent) is not order:
        await carry_on(tx, await orders.get(tx, order.id))


def _named(intent: Intent) -> UUID | None:
    """The order that an intent is for: its events can be quicker than the answer that named it."""
    try:
        return UUID(intent.metadata.get("order_id", ""))
    except ValueError:
        return None
