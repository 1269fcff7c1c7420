"""The use case of a quote: read the cart, ask for today's prices, add up."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import UUID

from ..cart import repository as carts
from ..cart.owner import Owner
from ..cart.service import none_such
from ..chassis.client import Client
from ..chassis.database import Database
from ..product.service import fresh
from .models import CartEmpty, Quote
from .shipping import Rate


async def quote(
    database: Database,
    client: Client,
    owner: Owner | None,
    id: UUID,
    rates: Mapping[str, Rate],
) -> Quote:
    """What the cart costs now; without an owner it is anybody's.

    Raises NotFound, CartEmpty, and Unavailable or DeadlineExceeded if product-service is away.
    """
    async with database.connection() as tx:
        cart = await carts.find(tx, id)
    if cart is None or not cart.can_be_read(datetime.now(UTC)):
        raise none_such(id)
    if owner is not None and not cart.belongs_to(owner):
        raise none_such(id)
    if not cart.lines:
        raise CartEmpty("this cart is empty")
    return Quote.of(cart, await fresh(database, client, cart.product_ids), rates)
