"""How a refund begins and ends, in the caller's transaction; the saga sends it between the two."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import structlog

from ..chassis.database import Transaction
from ..chassis.money import Money
from ..history.models import SHOP
from ..order import transitions
from ..order.models import Order
from ..payment.models import Payment
from ..provider import ProviderRefund, ProviderRefused
from ..provider import RefundStatus as Answered
from ..saga import repository as sagas
from ..saga.models import SEND_REFUND, Saga, Step
from . import repository
from .models import Refund, RefundExceedsCaptured, left, returned

log = structlog.get_logger()


async def begin(
    tx: Transaction,
    order: Order,
    payment: Payment,
    amount: Money,
    *,
    reason: str,
    actor: str,
) -> tuple[Order, Refund]:
    """Note that money is to go back; the saga sends it.  Raises RefundExceedsCaptured."""
    rest = left(payment, await repository.list_of_order(tx, order.id))
    if amount.currency != rest.currency or rest < amount:
        raise RefundExceedsCaptured(f"no more than {rest} can be given back of {order.number}")
    refund = Refund.create(payment, amount, reason, datetime.now(UTC))
    await repository.add(tx, refund)
    saga = Saga.begin(refund.id, name=SEND_REFUND, order_id=order.id, step=Step.refund)
    await sagas.add(tx, saga, owner=None, lease=timedelta())
    if not order.over:
        order = await transitions.request_refund(tx, order, refund, actor)
    return order, refund


async def give_back(tx: Transaction, order: Order, payment: Payment) -> None:
    """All of what came for an order that had ended."""
    await begin(tx, order, payment, payment.amount, reason=order.reason or "over", actor=SHOP)
    log.warning("refund.automatic", order=order.id, reason=order.reason)


async def settle(
    tx: Transaction,
    order: Order,
    refund: Refund,
    refunds: Iterable[Refund],
    answer: ProviderRefund,
) -> Order:
    """The provider has taken it: the money is on its way, or it failed at once."""
    if answer.status is Answered.failed:
        return await _fail(tx, order, refund, "the provider failed")
    after = refund.succeeded(answer.id, datetime.now(UTC))
    await repository.save(tx, after)
    others = (one for one in refunds if one.id != refund.id)
    total = returned([*others, after], order.grand.currency)
    return await transitions.refund(tx, order, after, total)


async def refuse(tx: Transaction, order: Order, refund: Refund, refused: ProviderRefused) -> Order:
    return await _fail(tx, order, refund, refused.reason)


async def _fail(tx: Transaction, order: Order, refund: Refund, reason: str) -> Order:
    log.error("refund.failed", order=order.id, refund=refund.id, reason=reason)
    await repository.save(tx, refund.failed(datetime.now(UTC)))
    return await transitions.refuse_refund(tx, order, refund)
