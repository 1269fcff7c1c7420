"""What may become of an order: each function decides, saves and tells in the caller's transaction.

All take the order as it was loaded to be changed, and answer what it is then.
"""

from __future__ import annotations

from datetime import UTC, datetime

from ..chassis.database import Transaction
from ..chassis.events import publish
from ..chassis.money import Money
from ..history import repository as entries
from ..history.models import SHOP, Entry
from ..payment.models import Payment
from ..refund.models import Refund
from ..shipment.models import Shipment
from . import repository
from .events import (
    OrderAwaitingPayment,
    OrderCancelled,
    OrderCreated,
    OrderDelivered,
    OrderEvent,
    OrderPaid,
    OrderPaymentFailed,
    OrderRefunded,
    OrderRefundFailed,
    OrderRefundRequested,
    OrderRejected,
    OrderShipped,
)
from .models import Order, Reason, Status
from .rejection import Rejection
from .values import Address, Quote


async def draft(tx: Transaction, order: Order) -> bool:
    """Whether it is the only order of its cart, and was added."""
    added = await repository.add(tx, order)
    if added:
        await _note(tx, order, str(order.user_id))
    return added


async def create(tx: Transaction, order: Order, quote: Quote, address: Address) -> Order:
    """The cart was told, and is what the customer has agreed to."""
    after = order.with_contents(quote.lines, quote.totals, address, _now())
    await repository.add_lines(tx, after.id, after.lines)
    return await _told(
        tx,
        after,
        OrderCreated.of(
            after,
            cart_id=after.cart_id,
            cart_version=after.cart_version,
            lines=after.lines,
            totals=after.totals,
        ),
    )


async def reject(tx: Transaction, order: Order, rejection: Rejection) -> Order:
    after = order.rejected(rejection, _now())
    told = OrderRejected.of(after, reason=rejection.reason, lines=rejection.lines)
    return await _entered(tx, after, SHOP, told)


async def await_payment(tx: Transaction, order: Order, payment: Payment) -> Order:
    after = order.moved(Status.awaiting_payment, _now())
    told = OrderAwaitingPayment.of(
        after, payment_id=payment.id, amount=payment.amount, expires_at=after.expires_at
    )
    return await _entered(tx, after, SHOP, told)


async def decline(tx: Transaction, order: Order, payment: Payment) -> Order:
    """The order stays payable; the third decline is for the caller to act upon."""
    after = order.noted(_now())
    told = OrderPaymentFailed.of(
        after,
        payment_id=payment.id,
        decline_code=payment.decline_code or "declined",
        attempt=payment.attempt,
        can_retry=payment.can_retry,
    )
    return await _told(tx, after, told)


async def pay(tx: Transaction, order: Order, payment: Payment) -> Order:
    after = order.moved(Status.paid, _now())
    told = OrderPaid.of(
        after,
        cart_id=after.cart_id,
        payment_id=payment.id,
        amount=payment.amount,
        lines=after.lines,
    )
    return await _entered(tx, after, SHOP, told)


async def cancel(tx: Transaction, order: Order, reason: Reason, actor: str = SHOP) -> Order:
    after = order.cancelled(reason, _now())
    return await _entered(tx, after, actor, OrderCancelled.of(after, reason=reason))


async def ship(tx: Transaction, order: Order, shipment: Shipment, actor: str) -> Order:
    after = order.moved(Status.shipped, _now())
    told = OrderShipped.of(
        after,
        shipment_id=shipment.id,
        carrier=shipment.carrier,
        tracking_number=shipment.tracking_number,
    )
    return await _entered(tx, after, actor, told)


async def deliver(tx: Transaction, order: Order, shipment: Shipment, actor: str) -> Order:
    after = order.moved(Status.delivered, _now())
    told = OrderDelivered.of(after, shipment_id=shipment.id)
    return await _entered(tx, after, actor, told)


async def request_refund(tx: Transaction, order: Order, refund: Refund, actor: str) -> Order:
    after = order.refunding(_now())
    told = OrderRefundRequested.of(
        after, refund_id=refund.id, amount=refund.amount, reason=refund.reason
    )
    return await _entered(tx, after, actor, told, reason=refund.reason)


async def refund(tx: Transaction, order: Order, refund: Refund, total: Money) -> Order:
    """The money is on its way back; `total` is all that was given back of this order."""
    full = total == order.grand
    told = {"refund_id": refund.id, "amount": refund.amount, "total_refunded": total, "full": full}
    if order.status is not Status.refund_pending:  # it was cancelled, and paid all the same
        after = order.noted(_now())
        return await _told(tx, after, OrderRefunded.of(after, **told))
    after = order.after_refund(full=full, now=_now())
    return await _entered(tx, after, SHOP, OrderRefunded.of(after, **told))


async def refuse_refund(tx: Transaction, order: Order, refund: Refund) -> Order:
    """The provider will not give it back: the order is again what it was."""
    if order.status is not Status.refund_pending:
        after = order.noted(_now())
        told = OrderRefundFailed.of(after, refund_id=refund.id, amount=refund.amount)
        return await _told(tx, after, told)
    after = order.after_refund(full=False, now=_now())
    told = OrderRefundFailed.of(after, refund_id=refund.id, amount=refund.amount)
    return await _entered(tx, after, SHOP, told, reason="refund_failed")


async def note(tx: Transaction, order: Order) -> Order:
    """Something that an order shows has changed, and nobody else needs to know."""
    after = order.noted(_now())
    await repository.save(tx, after)
    return after


async def _entered(
    tx: Transaction, order: Order, actor: str, told: OrderEvent, *, reason: str | None = None
) -> Order:
    await _note(tx, order, actor, reason=reason)
    return await _told(tx, order, told)


async def _note(tx: Transaction, order: Order, actor: str, *, reason: str | None = None) -> None:
    entry = Entry(
        version=order.version,
        status=order.status,
        reason=reason or order.reason,
        actor=actor,
        at=order.updated_at,
    )
    await entries.add(tx, order.id, entry)


async def _told(tx: Transaction, order: Order, told: OrderEvent) -> Order:
    await repository.save(tx, order)
    await publish(tx, told, sequence=order.version)
    return order


def _now() -> datetime:
    return datetime.now(UTC)
