"""The use case of whoever pays: load, decide, save, tell."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from ..chassis.database import Database
from ..chassis.errors import Fault, Invalid
from ..chassis.identifiers import uuid7
from ..order import repository as orders
from ..order.caller import Caller
from ..order.models import InvalidTransition, Order, Status
from ..order.views import OrderView, Placed
from ..saga import repository as sagas
from ..saga.engine import Engine
from ..saga.models import Step
from . import repository
from .models import Payment, PaymentStatus, PaymentView


async def retry(
    database: Database, engine: Engine, caller: Caller, order_id: UUID, method: str
) -> Placed:
    """Try to pay once more, after a decline.

    Raises PaymentDeclined, InvalidTransition, and Invalid for an unknown method.
    """
    owner = uuid7()
    async with database.transaction() as tx:
        order = caller.require(await orders.get_to_change(tx, order_id))
        attempts = await repository.list_of_order(tx, order_id)
        payment = _next(order, attempts, method)
        await repository.add(tx, payment)
        await sagas.turn(tx, order_id, Step.pay, owner=owner, lease=engine.settings.lease)
    await engine.begin(order_id, owner)
    async with database.connection() as tx:
        order = await orders.get(tx, order_id)
        attempts = await repository.list_of_order(tx, order_id)
    tried = next(one for one in attempts if one.id == payment.id)
    if tried.declined:
        raise tried.error
    if tried.status is PaymentStatus.cancelled and not order.over:
        fault = Fault("/payment_method", "unknown", "the payment provider knows no such method")
        raise Invalid("the payment does not fit", [fault])
    return Placed(order=OrderView.of(order), payment=PaymentView.of(tried))


def _next(order: Order, attempts: list[Payment], method: str) -> Payment:
    """The next attempt, where the last one has failed and was not the last one allowed."""
    if order.status is not Status.awaiting_payment or not attempts:
        raise InvalidTransition(f"order {order.number} is {order.status}, and cannot be paid now")
    last = attempts[-1]
    if last.open or any(one.succeeded for one in attempts):
        raise InvalidTransition(f"a payment of order {order.number} is under way")
    if not last.can_retry:
        raise InvalidTransition(f"order {order.number} has had its last attempt")
    return last.again(method, last.provider, datetime.now(UTC))
