"""What we do when order-service speaks: the owner is told, live and by mail."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from ..chassis.database import Transaction
from ..chassis.events import Event, Subscriptions
from ..chassis.money import Money
from ..informing import inform
from ..live import service as live
from ..recipient import repository as recipients
from ..template.kinds import Data
from . import repository

subscriptions = Subscriptions()


class Line(BaseModel):
    """What a mail says of a line."""

    model_config = ConfigDict(frozen=True)

    name: str
    quantity: int
    unit_price: Money

    @property
    def shown(self) -> Data:
        return {
            "name": self.name,
            "quantity": str(self.quantity),
            "price": str(self.unit_price * self.quantity),
        }


class OrderEvent(Event, subject="order_id", source="order-service"):
    order_id: UUID
    number: str
    user_id: UUID


class OrderCreated(OrderEvent, type="shop.order.created.v1"):
    lines: tuple[Line, ...]


class OrderRejected(OrderEvent, type="shop.order.rejected.v1"):
    reason: str


class OrderAwaitingPayment(OrderEvent, type="shop.order.awaiting_payment.v1"):
    amount: Money
    expires_at: datetime


class OrderPaymentFailed(OrderEvent, type="shop.order.payment_failed.v1"):
    decline_code: str
    attempt: int
    can_retry: bool


class OrderPaid(OrderEvent, type="shop.order.paid.v1"):
    amount: Money
    lines: tuple[Line, ...]


class OrderShipped(OrderEvent, type="shop.order.shipped.v1"):
    carrier: str
    tracking_number: str


class OrderDelivered(OrderEvent, type="shop.order.delivered.v1"):
    pass


class OrderCancelled(OrderEvent, type="shop.order.cancelled.v1"):
    reason: str


class OrderRefunded(OrderEvent, type="shop.order.refunded.v1"):
    amount: Money
    total_refunded: Money
    full: bool


@subscriptions.subscribe(OrderCreated)
async def created(event: OrderCreated, tx: Transaction) -> None:
    """No mail yet: nobody knows whether there is enough of everything."""
    lines = [line.shown for line in event.lines]
    owner = await recipients.find_to_address(tx, event.user_id)
    if owner is not None and owner.erased:
        await repository.add(tx, event.order_id, None, [])
    else:
        await repository.add(tx, event.order_id, event.user_id, lines)
    await _tell(tx, event)


@subscriptions.subscribe(OrderRejected)
async def rejected(event: OrderRejected, tx: Transaction) -> None:
    """No mail: whoever orders is told at once."""
    await _tell(tx, event)


@subscriptions.subscribe(OrderAwaitingPayment)
async def awaits_payment(event: OrderAwaitingPayment, tx: Transaction) -> None:
    """The order is placed; once, however many payments are tried."""
    placed = {
        "amount": str(event.amount),
        "pay_until": f"{event.expires_at:%Y-%m-%d %H:%M} UTC",
        "lines": await repository.lines_of(tx, event.order_id),
    }
    await _tell(tx, event, "order-placed", placed, once=str(event.order_id))


@subscriptions.subscribe(OrderPaymentFailed)
async def payment_failed(event: OrderPaymentFailed, tx: Transaction) -> None:
    failed = {"decline_code": event.decline_code, "can_retry": event.can_retry}
    await _tell(tx, event, "payment-failed", failed)


@subscriptions.subscribe(OrderPaid)
async def paid(event: OrderPaid, tx: Transaction) -> None:
    lines = [line.shown for line in event.lines]
    await _tell(tx, event, "paid", {"amount": str(event.amount), "lines": lines})


@subscriptions.subscribe(OrderShipped)
async def shipped(event: OrderShipped, tx: Transaction) -> None:
    parcel = {"carrier": event.carrier, "tracking_number": event.tracking_number}
    await _tell(tx, event, "shipped", parcel)


@subscriptions.subscribe(OrderDelivered)
async def delivered(event: OrderDelivered, tx: Transaction) -> None:
    await _tell(tx, event, "delivered", {})


@subscriptions.subscribe(OrderCancelled)
async def cancelled(event: OrderCancelled, tx: Transaction) -> None:
    await _tell(tx, event, "cancelled", {"reason": event.reason})


@subscriptions.subscribe(OrderRefunded)
async def refunded(event: OrderRefunded, tx: Transaction) -> None:
    money = {
        "amount": str(event.amount),
        "total_refunded": str(event.total_refunded),
        "full": event.full,
    }
    await _tell(tx, event, "refunded", money)


async def _tell(
    tx: Transaction,
    event: OrderEvent,
    kind: str | None = None,
    data: Data | None = None,
    *,
    once: str | None = None,
) -> None:
    """Live, to its owner and who follows the order; and by mail, where there is one of this kind.

    Of an order whose owner is erased nothing is told any more: its events go on, in the name of
    nobody.
    """
    owner = await recipients.find_to_address(tx, event.user_id)
    if (owner and owner.erased) or await repository.is_nobodys(tx, event.order_id):
        return
    await live.show(tx, event, f"orders/{event.order_id}")
    await live.show(tx, event, "me/orders", to=event.user_id)
    if kind is not None:
        order = {"number": event.number, "order_id": str(event.order_id), **(data or {})}
        await inform(tx, event.user_id, kind, order, once=once or str(event.envelope.id))
