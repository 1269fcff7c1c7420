"""The use case of whoever gives money back: load, decide, save, tell."""

from __future__ import annotations

from uuid import UUID

from ..chassis.database import Database
from ..chassis.errors import Forbidden
from ..chassis.idempotency import Once
from ..chassis.money import Money
from ..order import repository as orders
from ..order.caller import Caller
from ..order.models import InvalidTransition
from ..payment import repository as payments
from ..saga.engine import Engine
from .models import Refund, RefundRequest
from .settling import begin


async def request(
    database: Database,
    engine: Engine,
    once: Once[Refund],
    caller: Caller,
    order_id: UUID,
    said: RefundRequest,
) -> Refund:
    """Note that money goes back, in full or in part; the saga sends it.

    Raises Forbidden, InvalidTransition and RefundExceedsCaptured.
    """
    _require_within_limit(caller, said.amount, engine.terms.refund_limit)
    async with database.transaction() as tx:
        await once.claim(tx)
        order = await orders.get_to_change(tx, order_id)
        attempts = await payments.list_of_order(tx, order_id)
        paid = next((one for one in attempts if one.succeeded), None)
        if paid is None or order.over:
            raise InvalidTransition(f"order {order.number} is {order.status}: nothing to give back")
        _, refund = await begin(
            tx, order, paid, said.amount, reason=said.reason, actor=caller.actor
        )
        await once.keep(tx, refund)
    return refund


def _require_within_limit(caller: Caller, amount: Money, limit: int) -> None:
    if not caller.is_admin and amount.amount > limit:
        most = Money(amount=limit, currency=amount.currency)
        raise Forbidden(f"support gives back at most {most}; ask an admin")
