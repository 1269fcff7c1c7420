"""Something happened to an order outside its saga: the saga is told."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from ..chassis.database import Transaction
from ..order.models import Order
from . import repository
from .models import Step

_ON_THE_WAY_BACK: Final = frozenset({Step.void, Step.release, Step.done})


async def carry_on(tx: Transaction, order: Order) -> None:
    """Look at the order now; one that is over goes back, whatever step is being done."""
    saga = await repository.get(tx, order.id)
    if order.over and saga.step not in _ON_THE_WAY_BACK:
        await repository.turn(tx, saga.id, Step.void, lease=timedelta())
    else:
        await repository.wake(tx, saga.id)
