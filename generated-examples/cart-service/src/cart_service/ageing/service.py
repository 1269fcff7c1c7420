"""The periodic use cases of carts that nobody comes back to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

import structlog

from ..cart import repository as carts
from ..cart.events import AbandonedLine, CartAbandoned
from ..cart.models import Cart
from ..cart.view import CartView
from ..chassis.database import Database, Transaction
from ..chassis.events import publish
from ..product import repository as products
from . import repository

# Who shows a token of an ended cart is told so for a while; then it is one that nobody knows.
REMEMBERED: Final = timedelta(days=30)

_BATCH: Final = 100

log = structlog.get_logger()


async def abandon(database: Database, *, idle: timedelta) -> int:
    """Tell, once until somebody comes back, of every user's cart that lies idle; how many."""
    told, batch = 0, _BATCH
    while batch == _BATCH:
        async with database.transaction() as tx:
            now = datetime.now(UTC)
            found = await carts.list_idle(tx, now - idle, _BATCH)
            for cart in found:
                told += await _tell(tx, cart)
                await carts.save(tx, cart.given_up(now))
        batch = len(found)
    return told


async def expire(database: Database) -> None:
    """End the carts of guests whose time is over, and forget those that ended long ago."""
    now = datetime.now(UTC)
    for work, moment in ((repository.expire, now), (repository.remove_ended, now - REMEMBERED)):
        batch = _BATCH
        while batch == _BATCH:
            async with database.transaction() as tx:
                batch = await work(tx, moment, _BATCH)


async def _tell(tx: Transaction, cart: Cart) -> bool:
    """Whether there was something to tell: what is not sold any more is no reason to come back."""
    view = CartView.of(cart, await products.find_all(tx, cart.product_ids))
    if view.total is None or cart.user_id is None:
        return False
    told = CartAbandoned(
        cart_id=cart.id,
        user_id=cart.user_id,
        lines=tuple(
            AbandonedLine(
                product_id=line.product_id,
                name=line.name,
                quantity=line.quantity,
                unit_price=line.unit_price,
            )
            for line in view.lines
            if not line.unavailable
        ),
        total=view.total,
        idle_since=cart.updated_at,
    )
    await publish(tx, told, sequence=cart.version)
    log.info("cart.abandoned", cart=cart.id)
    return True
