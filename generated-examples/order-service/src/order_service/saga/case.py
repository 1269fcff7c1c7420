"""What a step has before it: the saga with its order, its payments and its refund."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from ..chassis.database import Transaction
from ..order import repository as orders
from ..order.models import Order
from ..payment import repository as payments
from ..payment.asking import News
from ..payment.models import Payment
from ..refund import repository as refunds
from ..refund.models import Refund
from . import repository
from .models import Saga


@dataclass(frozen=True, slots=True)
class Case:
    """As it was when it was read; `payments` are the attempts, the last one is the current one."""

    saga: Saga
    order: Order
    payments: tuple[Payment, ...]
    refunds: tuple[Refund, ...]

    @property
    def payment(self) -> Payment | None:
        return self.payments[-1] if self.payments else None

    @property
    def paid(self) -> Payment | None:
        """The payment that succeeded; there is never a second one."""
        return next((one for one in self.payments if one.succeeded), None)

    def payment_of(self, news: News) -> Payment:
        """The one that was told of."""
        return next(one for one in self.payments if one.id == news.payment_id)

    @property
    def refund(self) -> Refund:
        """The one that this saga sends."""
        return next(one for one in self.refunds if one.id == self.saga.id)


async def read(tx: Transaction, id: UUID) -> Case:
    saga = await repository.get(tx, id)
    return await _case(tx, saga, await orders.get(tx, saga.order_id))


async def read_to_change(tx: Transaction, known: Saga, owner: UUID) -> Case | None:
    """The same with its rows locked, the order first; None if the saga is another's by now."""
    order = await orders.get_to_change(tx, known.order_id)
    saga = await repository.find_held(tx, known.id, owner)
    return await _case(tx, saga, order) if saga else None


async def _case(tx: Transaction, saga: Saga, order: Order) -> Case:
    attempts = await payments.list_of_order(tx, order.id)
    back = await refunds.list_of_order(tx, order.id)
    return Case(saga, order, tuple(attempts), tuple(back))
