"""What the others hear of an order."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self
from uuid import UUID

from ..chassis.events import Event
from ..chassis.money import Money
from .models import Order
from .values import OrderLine, Shortage, Totals


class OrderEvent(Event, subject="order_id"):
    """What every one of them says, so that nobody has to ask who ordered."""

    order_id: UUID
    number: str
    user_id: UUID

    @classmethod
    def of(cls, order: Order, **more: Any) -> Self:  # Any: the fields of each kind
        return cls(order_id=order.id, number=order.number, user_id=order.user_id, **more)


class OrderCreated(OrderEvent, type="shop.order.created.v1"):
    cart_id: UUID
    cart_version: int
    lines: tuple[OrderLine, ...]
    totals: Totals


class OrderRejected(OrderEvent, type="shop.order.rejected.v1"):
    reason: str
    lines: tuple[Shortage, ...]


class OrderAwaitingPayment(OrderEvent, type="shop.order.awaiting_payment.v1"):
    payment_id: UUID
    amount: Money
    expires_at: datetime


class OrderPaymentFailed(OrderEvent, type="shop.order.payment_failed.v1"):
    payment_id: UUID
    decline_code: str
    attempt: int
    can_retry: bool


class OrderPaid(OrderEvent, type="shop.order.paid.v1"):
    cart_id: UUID
    payment_id: UUID
    amount: Money
    lines: tuple[OrderLine, ...]


class OrderShipped(OrderEvent, type="shop.order.shipped.v1"):
    shipment_id: UUID
    carrier: str
    tracking_number: str


class OrderDelivered(OrderEvent, type="shop.order.delivered.v1"):
    shipment_id: UUID


class OrderCancelled(OrderEvent, type="shop.order.cancelled.v1"):
    reason: str


class OrderRefunded(OrderEvent, type="shop.order.refunded.v1"):
    refund_id: UUID
    amount: Money
    total_refunded: Money
    full: bool


class OrderRefundRequested(OrderEvent, type="shop.order.refund_requested.v1"):
    refund_id: UUID
    amount: Money
    reason: str


class OrderRefundFailed(OrderEvent, type="shop.order.refund_failed.v1"):
    refund_id: UUID
    amount: Money
