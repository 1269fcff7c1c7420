"""The way back: what an order that ends unpaid has begun elsewhere is ended there too."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from ..chassis.database import Transaction
from ..neighbours import stock
from ..order.models import Reason
from ..order.rejection import Rejection
from ..payment import repository as payments
from ..payment.asking import News, Nothing, give_up
from ..payment.settling import settle
from .case import Case
from .models import Saga, Step
from .outside import Outside
from .placing import reserve

# What product-service calls it; everything else is a cancellation there.
_SAID: Final = frozenset({Reason.payment_failed, Reason.expired})


async def void_payment(outside: Outside, case: Case) -> News | Rejection | Nothing:
    return await give_up(outside.provider, case.payments)


async def save_voided(tx: Transaction, case: Case, news: News | Rejection | Nothing) -> Saga:
    """A payment that succeeded meanwhile is given back; one that is still open is voided again."""
    if isinstance(news, Rejection):
        assert case.payment is not None
        await payments.save(tx, case.payment.given_up(datetime.now(UTC)))
    elif isinstance(news, News):
        payment = case.payment_of(news)
        await settle(tx, case.order, payment, news.intent)
        if payment.told(news.intent, datetime.now(UTC)).open:
            return case.saga.again()
    return case.saga.at(Step.release)


async def release_stock(outside: Outside, case: Case) -> Nothing:
    """A reservation that may have been made, and was not noted, is learnt by asking for it."""
    order, held_id = case.order, case.saga.reservation_id
    if held_id is None and order.priced:
        held = await reserve(outside, order)
        held_id = None if isinstance(held, Rejection) else held.id
    if held_id is not None:
        reason = order.reason if order.reason in _SAID else "cancelled"
        await stock.release(outside.client, held_id, reason=str(reason))
    return Nothing()


async def save_released(tx: Transaction, case: Case, released: Nothing) -> Saga:
    return case.saga.at(Step.done)
