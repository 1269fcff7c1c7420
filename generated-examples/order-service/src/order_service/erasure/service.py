"""The use cases of erasure and export."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from ..chassis import idempotency
from ..chassis.database import Database, Transaction
from ..chassis.errors import Unavailable
from ..history import repository as entries
from ..order import repository as orders
from ..order import transitions
from ..order.models import Order, Reason, Status
from ..order.views import OrderDetail
from ..payment import repository as payments
from ..refund import repository as refunds
from ..refund.models import left
from ..refund.settling import begin
from ..saga import repository as sagas
from ..saga.models import Step
from ..shipment import repository as shipments
from .models import Export, ExportedOrder


async def forget(tx: Transaction, user_id: UUID) -> None:
    """End what is not finished, and keep the books under a name that leads to nobody.

    What is paid and not shipped is given back: without an address it can go nowhere.  Raises
    Unavailable while the payment of an order is being settled: then it is for a later time.
    """
    pseudonym = uuid4()
    for order in await orders.list_of_user_to_change(tx, user_id):
        ended = await _end(tx, order)
        forgotten = ended.forgotten(pseudonym, datetime.now(UTC))
        await orders.save(tx, forgotten)
    await entries.rename_actor(tx, str(user_id), str(pseudonym))
    await idempotency.forget(tx, str(user_id))


async def export(database: Database, user_id: UUID) -> Export:
    """All that is kept here of this user."""
    async with database.transaction() as tx:
        found = [await _exported(tx, one) for one in await orders.list_of_user(tx, user_id)]
    return Export(user_id=user_id, orders=found)


async def _end(tx: Transaction, order: Order) -> Order:
    attempts = await payments.list_of_order(tx, order.id)
    paid = next((one for one in attempts if one.succeeded), None)
    if (order.unpaid and paid) or order.before_refund is Status.paid:
        raise Unavailable(f"order {order.number} is in the middle of a payment")
    if order.unpaid:
        order = await transitions.cancel(tx, order, Reason.user_deleted)
        await sagas.turn(tx, order.id, Step.void, lease=timedelta())
    elif order.status is Status.paid and paid:
        rest = left(paid, await refunds.list_of_order(tx, order.id))
        reason = Reason.user_deleted.value
        order, _ = await begin(tx, order, paid, rest, reason=reason, actor=str(order.user_id))
    return order


async def _exported(tx: Transaction, order: Order) -> ExportedOrder:
    attempts = await payments.list_of_order(tx, order.id)
    detail = OrderDetail.with_all(
        order,
        attempts[-1] if attempts else None,
        await refunds.list_of_order(tx, order.id),
        await shipments.find_of_order(tx, order.id),
    )
    return ExportedOrder(order=detail, history=await entries.list_of_order(tx, order.id))
