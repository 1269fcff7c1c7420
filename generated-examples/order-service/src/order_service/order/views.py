"""What is shown of an order."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel

from ..chassis.money import Money
from ..chassis.paging import PageQuery
from ..history.models import Entry
from ..payment.models import Payment, PaymentView
from ..refund.models import Refund, RefundStatus
from ..shipment.models import Shipment
from .models import Order, Status
from .values import Address, OrderLine, Shortage, Totals


class OrderView(BaseModel):
    """An order as it stands in a list; `total` is what the customer has agreed to."""

    id: UUID
    number: str
    status: Status
    reason: str | None
    user_id: UUID
    cart_id: UUID
    cart_version: int
    lines: list[OrderLine]
    totals: Totals | None
    total: Money
    missing: list[Shortage]
    expires_at: datetime
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, order: Order) -> Self:
        return cls(**_shown(order))


class RefundView(BaseModel):
    """Money that goes back, or went."""

    id: UUID
    amount: Money
    reason: str
    status: RefundStatus
    created_at: datetime

    @classmethod
    def of(cls, refund: Refund) -> Self:
        return cls(**refund.model_dump(include=set(cls.model_fields)))


class ShipmentView(BaseModel):
    """A parcel."""

    id: UUID
    carrier: str
    tracking_number: str
    shipped_at: datetime
    delivered_at: datetime | None

    @classmethod
    def of(cls, shipment: Shipment) -> Self:
        return cls(**shipment.model_dump(include=set(cls.model_fields)))


class OrderDetail(OrderView):
    """All that there is to know of an order; `payment` is the last attempt."""

    address: Address | None
    payment: PaymentView | None
    refunds: list[RefundView]
    shipment: ShipmentView | None

    @classmethod
    def with_all(
        cls,
        order: Order,
        payment: Payment | None,
        refunds: list[Refund],
        shipment: Shipment | None,
    ) -> Self:
        return cls(
            **_shown(order),
            address=order.address,
            payment=PaymentView.of(payment) if payment else None,
            refunds=[RefundView.of(one) for one in refunds],
            shipment=ShipmentView.of(shipment) if shipment else None,
        )


class Placed(BaseModel):
    """An order, and what its customer needs to pay for it."""

    order: OrderView
    payment: PaymentView | None


class Pending(BaseModel):
    """The order is known, and goes on as soon as those answer whom it needs."""

    status: Literal["pending"] = "pending"
    order_id: UUID


class History(BaseModel):
    """What happened to an order, the first thing first."""

    items: list[Entry]


class OrderQuery(PageQuery):
    status: Status | None = None


def _shown(order: Order) -> dict[str, Any]:  # Any: the fields of OrderView
    return {
        **order.model_dump(include=OrderView.model_fields.keys() - {"total", "missing"}),
        "total": order.grand,
        "missing": order.rejection.lines if order.rejection else (),
    }
