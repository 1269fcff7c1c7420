"""The way forward: from what a customer wants to an order that is paid."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from ..chassis.database import Transaction
from ..neighbours import addresses, carts, stock
from ..order import transitions
from ..order.models import Order, Reason, Status
from ..order.rejection import Rejection
from ..order.values import Address, Quote
from ..payment import repository as payments
from ..payment.asking import News, Nothing, charge
from ..payment.models import Payment
from ..payment.settling import settle
from ..refund.settling import give_back
from .case import Case
from .models import Saga, Step
from .outside import Outside

# Longer than the order waits to be paid: it ends first, and lets go what it holds.
_SPARE_SECONDS: Final = 120


async def ask_for_contents(
    outside: Outside, case: Case
) -> tuple[Quote, Address] | Rejection | Nothing:
    order = case.order
    if order.priced:
        return Nothing()
    quote = await carts.quote(outside.client, order.cart_id)
    if isinstance(quote, Rejection):
        return quote
    if objection := order.objection(quote):
        return objection
    address = await addresses.address(outside.client, order.user_id, order.address_id)
    return address if isinstance(address, Rejection) else (quote, address)


async def save_contents(
    tx: Transaction, case: Case, found: tuple[Quote, Address] | Rejection | Nothing
) -> Saga:
    if case.order.over:
        return case.saga.at(Step.void)
    if isinstance(found, Rejection):
        await transitions.reject(tx, case.order, found)
        return case.saga.at(Step.done)
    if not isinstance(found, Nothing):
        quote, address = found
        await transitions.create(tx, case.order, quote, address)
    return case.saga.at(Step.reserve)


@dataclass(frozen=True, slots=True)
class Held:
    """Stock that is held, and who is going to take the money for it."""

    reservation_id: UUID
    provider: str


async def ask_for_stock(outside: Outside, case: Case) -> Held | Rejection:
    held = await reserve(outside, case.order)
    return held if isinstance(held, Rejection) else Held(held.id, outside.provider.id)


async def reserve(outside: Outside, order: Order) -> stock.Reservation | Rejection:
    left = order.expires_at - datetime.now(UTC)
    seconds = max(int(left.total_seconds()), 0) + _SPARE_SECONDS
    return await stock.reserve(outside.client, order.id, order.lines, seconds=seconds)


async def save_stock(tx: Transaction, case: Case, held: Held | Rejection) -> Saga:
    order = case.order
    if isinstance(held, Rejection):
        if not order.over:
            await transitions.reject(tx, order, held)
        return case.saga.at(Step.done)
    saga = case.saga.holding(held.reservation_id)
    if order.over:
        return saga.at(Step.void)
    if case.payment is None:
        first = Payment.create(
            order.id, 1, order.payment_method, order.grand, held.provider, datetime.now(UTC)
        )
        await payments.add(tx, first)
    return saga.at(Step.pay)


async def ask_for_money(outside: Outside, case: Case) -> News | Rejection | Nothing:
    return await charge(outside.provider, case.payments)


async def save_money(tx: Transaction, case: Case, news: News | Rejection | Nothing) -> Saga:
    order, payment = case.order, case.payment
    assert payment is not None, "a payment is stored before it is asked for"
    if isinstance(news, Rejection):
        return await _save_unknown_method(tx, case, news)
    if isinstance(news, News):
        order = await settle(tx, order, case.payment_of(news), news.intent)
    if any(one.succeeded for one in case.payments[:-1]) or _is_of_another(news, payment):
        await payments.save(tx, payment.given_up(datetime.now(UTC)))
    return case.saga.at(Step.void if order.over else Step.settle)


def _is_of_another(news: News | Nothing, payment: Payment) -> bool:
    """Whether an earlier attempt turned out to be paid."""
    return isinstance(news, News) and news.payment_id != payment.id


async def _save_unknown_method(tx: Transaction, case: Case, rejection: Rejection) -> Saga:
    """The first attempt ends the order, a later one only itself."""
    assert case.payment is not None
    await payments.save(tx, case.payment.given_up(datetime.now(UTC)))
    if case.order.status is Status.pending:
        await transitions.reject(tx, case.order, rejection)
        return case.saga.at(Step.release)
    if case.order.over:
        return case.saga.at(Step.void)
    await transitions.note(tx, case.order)
    return case.saga.at(Step.settle)


async def ask_for_outcome(outside: Outside, case: Case) -> News | Nothing:
    """What became of the payment, in case nobody told."""
    payment = case.payment
    if payment is None or not payment.open or payment.provider_id is None:
        return Nothing()
    return News(payment.id, await outside.provider.get(payment.provider_id))


async def save_outcome(tx: Transaction, case: Case, news: News | Nothing) -> Saga:
    order, succeeded = case.order, case.paid is not None
    if isinstance(news, News):
        payment = case.payment_of(news)
        order = await settle(tx, order, payment, news.intent)
        succeeded = payment.told(news.intent, order.updated_at).succeeded
    if order.over:
        return case.saga.at(Step.void)
    if succeeded:
        return case.saga.at(Step.commit)
    if order.overdue(datetime.now(UTC)):
        await transitions.cancel(tx, order, Reason.expired)
        return case.saga.at(Step.void)
    return case.saga.again()


async def take_stock(outside: Outside, case: Case) -> UUID | Rejection:
    """Take what is held; what is held no longer is held once more, if it can be had."""
    held = case.saga.reservation_id
    if held is not None and await stock.commit(outside.client, held):
        return held
    anew = await reserve(outside, case.order)
    if isinstance(anew, Rejection):
        return anew
    taken = await stock.commit(outside.client, anew.id)
    return anew.id if taken else Rejection(reason="insufficient_stock")


async def save_sale(tx: Transaction, case: Case, taken: UUID | Rejection) -> Saga:
    """The order is paid; or what was paid for is gone, and the money goes back."""
    order, paid = case.order, case.paid
    assert paid is not None, "stock is taken for what was paid"
    if order.status is not Status.awaiting_payment:
        return case.saga.at(Step.done)
    if isinstance(taken, Rejection):
        order = await transitions.cancel(tx, order, Reason.out_of_stock)
        await give_back(tx, order, paid)
        return case.saga.at(Step.done)
    await transitions.pay(tx, order, paid)
    return case.saga.holding(taken).at(Step.done)
