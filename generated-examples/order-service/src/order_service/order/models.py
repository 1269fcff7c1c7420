"""One order: what it is, and what may happen to it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from ..chassis.errors import Conflict
from ..chassis.identifiers import uuid7
from ..chassis.money import Money
from .inputs import Placement
from .rejection import Rejection
from .values import Address, OrderLine, Quote, Totals

_CLEAR: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # nothing that is misread over the telephone


class Status(StrEnum):
    pending = "pending"
    awaiting_payment = "awaiting_payment"
    paid = "paid"
    shipped = "shipped"
    delivered = "delivered"
    rejected = "rejected"
    cancelled = "cancelled"
    refund_pending = "refund_pending"
    refunded = "refunded"


_SENT_BACK: Final = frozenset({Status.paid, Status.shipped, Status.delivered})

ALLOWED: Final[Mapping[Status, frozenset[Status]]] = {
    Status.pending: frozenset({Status.awaiting_payment, Status.rejected, Status.cancelled}),
    Status.awaiting_payment: frozenset({Status.paid, Status.cancelled}),
    Status.paid: frozenset({Status.shipped, Status.refund_pending}),
    Status.shipped: frozenset({Status.delivered, Status.refund_pending}),
    Status.delivered: frozenset({Status.refund_pending}),
    Status.refund_pending: frozenset({Status.refunded}) | _SENT_BACK,
    Status.rejected: frozenset(),
    Status.cancelled: frozenset(),
    Status.refunded: frozenset(),
}


class Reason(StrEnum):
    """Why an order was cancelled."""

    requested = "requested"
    payment_failed = "payment_failed"
    expired = "expired"
    out_of_stock = "out_of_stock"
    user_deleted = "user_deleted"


class InvalidTransition(Conflict):
    code = "invalid-transition"


class AlreadyOrdered(Conflict):
    """This very cart is being ordered, or was; `order_id` says where."""

    code = "already-ordered"


class Order(BaseModel):
    """One order; a change is a new value with the next version."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    number: str
    user_id: UUID
    cart_id: UUID
    cart_version: int
    address_id: UUID
    payment_method: str
    status: Status
    reason: str | None = None
    rejection: Rejection | None = None
    before_refund: Status | None = None
    grand: Money
    totals: Totals | None = None
    lines: tuple[OrderLine, ...] = ()
    address: Address | None = None
    expires_at: datetime
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def draft(cls, said: Placement, user_id: UUID, now: datetime, patience: timedelta) -> Self:
        """What is wanted, before anybody was asked whether it can be had."""
        return cls(
            id=uuid7(),
            number=f"{now:%Y%m%d}-{''.join(secrets.choice(_CLEAR) for _ in range(8))}",
            user_id=user_id,
            cart_id=said.cart_id,
            cart_version=said.cart_version,
            address_id=said.address_id,
            payment_method=said.payment_method,
            status=Status.pending,
            grand=said.expected_total,
            expires_at=now + patience,
            version=1,
            created_at=now,
            updated_at=now,
        )

    @property
    def priced(self) -> bool:
        """Whether the cart has told what is in it."""
        return self.totals is not None

    @property
    def unpaid(self) -> bool:
        return self.status in (Status.pending, Status.awaiting_payment)

    @property
    def over(self) -> bool:
        """Whether it ended without being paid."""
        return self.status in (Status.cancelled, Status.rejected)

    def overdue(self, now: datetime) -> bool:
        return self.unpaid and now >= self.expires_at

    def objection(self, quote: Quote) -> Rejection | None:
        """Why this quote is not what the customer has agreed to."""
        if quote.user_id != self.user_id:
            return Rejection(reason="cart_unknown")
        if quote.cart_version != self.cart_version:
            return Rejection(reason="cart_changed", quote=quote)
        if quote.expected_total != self.grand:
            return Rejection(reason="price_changed", quote=quote)
        return None

    def with_contents(
        self, lines: tuple[OrderLine, ...], totals: Totals, address: Address, now: datetime
    ) -> Self:
        return self._next(now, lines=lines, totals=totals, address=address)

    def rejected(self, rejection: Rejection, now: datetime) -> Self:
        after = self.moved(Status.rejected, now)
        return after.model_copy(update={"rejection": rejection, "reason": rejection.reason})

    def cancelled(self, reason: Reason, now: datetime) -> Self:
        return self.moved(Status.cancelled, now).model_copy(update={"reason": reason.value})

    def refunding(self, now: datetime) -> Self:
        after = self.moved(Status.refund_pending, now)
        return after.model_copy(update={"before_refund": self.status})

    def after_refund(self, *, full: bool, now: datetime) -> Self:
        """Refunded for good, or back where it was."""
        to = Status.refunded if full else self.before_refund
        if to is None:
            raise InvalidTransition(f"no refund of order {self.number} is under way")
        return self.moved(to, now).model_copy(update={"before_refund": None})

    def moved(self, to: Status, now: datetime) -> Self:
        """Raises InvalidTransition where the table above does not have it."""
        if to not in ALLOWED[self.status]:
            raise InvalidTransition(f"order {self.number} is {self.status}, and cannot be {to}")
        return self._next(now, status=to)

    def noted(self, now: datetime) -> Self:
        """Something about it changed that is kept elsewhere."""
        return self._next(now)

    def forgotten(self, pseudonym: UUID, now: datetime) -> Self:
        """What was bought stays in the books; nothing that tells by whom."""
        rejection = self.rejection and self.rejection.model_copy(update={"quote": None})
        return self._next(
            now, user_id=pseudonym, address_id=pseudonym, address=None, rejection=rejection
        )

    def _next(self, now: datetime, **changes: object) -> Self:
        return self.model_copy(update={**changes, "version": self.version + 1, "updated_at": now})
