"""The use cases of the order: load, decide, save, tell, in one transaction each."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from ..chassis import paging
from ..chassis.database import Database, Transaction
from ..chassis.idempotency import Once
from ..chassis.identifiers import uuid7
from ..history import repository as entries
from ..history.models import Entry
from ..payment import repository as payments
from ..payment.models import PaymentView
from ..refund import repository as refunds
from ..refund.models import left
from ..refund.settling import begin
from ..saga import repository as sagas
from ..saga.engine import Engine
from ..saga.models import PLACE_ORDER, Saga, Step
from ..shipment import repository as shipments
from . import repository, transitions
from .caller import Caller
from .inputs import Placement
from .models import AlreadyOrdered, InvalidTransition, Order, Reason, Status
from .views import OrderDetail, OrderQuery, OrderView, Placed

_LAST = UUID(int=2**128 - 1)
_LIST = "orders"


async def place(
    database: Database,
    engine: Engine,
    once: Once[Placed],
    caller: Caller,
    said: Placement,
) -> Placed:
    """Order the cart as the customer has seen it, and wait for the others a little.

    Raises the error of a rejected order, and AlreadyOrdered.
    """
    owner, lease = uuid7(), engine.settings.lease
    draft = Order.draft(said, caller.user_id, datetime.now(UTC), engine.terms.patience)
    async with database.transaction() as tx:
        begun = await once.claim(tx, lease_seconds=lease.total_seconds(), reference=str(draft.id))
        order_id = UUID(begun) if begun else draft.id
        if begun:
            ours = await sagas.take(tx, order_id, owner, lease)
        else:
            ours = await _add(tx, draft, owner, lease)
    if ours:
        await engine.begin(order_id, owner)
    async with database.transaction() as tx:
        order = await repository.get(tx, order_id)
        placed = await _placed(tx, order)
        if order.rejection is None:
            await once.keep(tx, placed)
        else:
            await once.release(tx)
    if order.rejection is not None:
        raise order.rejection.error
    return placed


async def get(database: Database, caller: Caller, id: UUID) -> OrderDetail:
    async with database.connection() as tx:
        order = caller.require(await repository.get(tx, id))
        attempts = await payments.list_of_order(tx, id)
        return OrderDetail.with_all(
            order,
            attempts[-1] if attempts else None,
            await refunds.list_of_order(tx, id),
            await shipments.find_of_order(tx, id),
        )


async def list_page(
    database: Database, caller: Caller, query: OrderQuery
) -> paging.Page[OrderView]:
    """The newest first: a customer's own, everybody's for support."""
    before = paging.decode(_LIST, query.cursor, UUID) if query.cursor else _LAST
    async with database.connection() as tx:
        found = await repository.list_before(
            tx,
            before,
            query.limit + 1,
            user_id=None if caller.sees_all else caller.user_id,
            status=query.status,
        )
    rows = [OrderView.of(order) for order in found]
    return paging.page(rows, query.limit, lambda last: paging.encode(_LIST, str(last.id)))


async def history(database: Database, caller: Caller, id: UUID) -> list[Entry]:
    async with database.connection() as tx:
        caller.require(await repository.get(tx, id))
        return await entries.list_of_order(tx, id)


async def cancel(database: Database, caller: Caller, id: UUID) -> Placed:
    """Cancel what is not paid yet, or give back what is paid and not shipped.

    Raises InvalidTransition.
    """
    async with database.transaction() as tx:
        order = caller.require(await repository.get_to_change(tx, id))
        attempts = await payments.list_of_order(tx, id)
        paid = next((one for one in attempts if one.succeeded), None)
        if order.unpaid and paid:  # its stock is being taken, and could not be let go any more
            raise InvalidTransition(f"order {order.number} is being paid this moment; ask again")
        if order.status is Status.paid and paid:
            rest = left(paid, await refunds.list_of_order(tx, id))
            order, _ = await begin(tx, order, paid, rest, reason="cancelled", actor=caller.actor)
        else:
            order = await transitions.cancel(tx, order, Reason.requested, caller.actor)
            await sagas.turn(tx, id, Step.void, lease=timedelta())
        return await _placed(tx, order)


async def _add(tx: Transaction, draft: Order, owner: UUID, lease: timedelta) -> bool:
    """The order with its saga, in our hands; raises AlreadyOrdered."""
    if not await transitions.draft(tx, draft):
        other = await repository.find_of_cart(tx, draft.cart_id, draft.cart_version)
        known = other is not None and other.user_id == draft.user_id
        raise AlreadyOrdered(
            "this cart is ordered already; change it to order again",
            order_id=str(other.id) if other and known else None,
        )
    saga = Saga.begin(draft.id, name=PLACE_ORDER, order_id=draft.id, step=Step.snapshot)
    await sagas.add(tx, saga, owner=owner, lease=lease)
    return True


async def _placed(tx: Transaction, order: Order) -> Placed:
    attempts = await payments.list_of_order(tx, order.id)
    return Placed(
        order=OrderView.of(order), payment=PaymentView.of(attempts[-1]) if attempts else None
    )
