"""The use case of an export: all that is kept here of a user, as of one moment."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from ..cart import repository as carts
from ..cart.view import CartView
from ..chassis.database import Database
from ..conversion import repository as conversions
from ..product import repository as products
from .models import Export


async def export(database: Database, user_id: UUID) -> Export:
    async with database.transaction() as tx:
        kept = await carts.list_of(tx, user_id)
        copies = await products.find_all(tx, [one for cart in kept for one in cart.product_ids])
        return Export(
            exported_at=datetime.now(UTC),
            carts=[CartView.of(cart, copies) for cart in kept],
            conversions=await conversions.list_of(tx, user_id),
        )
