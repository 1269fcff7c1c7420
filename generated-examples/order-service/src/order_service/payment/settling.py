"""What becomes of an order when its payment provider has spoken, in the caller's transaction."""

from __future__ import annotations

from datetime import UTC, datetime

import structlog

from ..chassis.database import Transaction
from ..order import transitions
from ..order.models import Order, Reason, Status
from ..provider import Intent
from ..refund.settling import give_back
from . import repository
from .models import Payment

log = structlog.get_logger()


async def settle(tx: Transaction, order: Order, payment: Payment, intent: Intent) -> Order:
    """Take the provider's news of a payment, whoever brings it and however often.

    A success for an order that is over is given back in full; a third decline ends the order.
    """
    after = payment.told(intent, datetime.now(UTC))
    if after is payment:
        return order
    await repository.save(tx, after)
    log.info("payment.settled", order=order.id, attempt=after.attempt, status=after.status.value)
    if order.over:
        if after.succeeded:
            await give_back(tx, order, after)
        return order
    if order.status is Status.pending:  # the provider has it, whatever came of it
        order = await transitions.await_payment(tx, order, after)
    if not after.declined:
        return await transitions.note(tx, order)
    order = await transitions.decline(tx, order, after)
    if after.can_retry:
        return order
    return await transitions.cancel(tx, order, Reason.payment_failed)
