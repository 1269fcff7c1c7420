"""The use cases of the stock: load, decide, save, tell, in one transaction each."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from ..chassis import paging
from ..chassis.database import Database
from ..chassis.events import publish
from ..chassis.idempotency import Once
from . import repository
from .events import InventoryLevelChanged
from .models import Adjustment, Availability, Movement, StaffAvailability, UnknownProduct

LIST: Final = "stock-movements"
_ANNOUNCED_AT_ONCE: Final = 100


async def availability(database: Database, product_id: UUID, *, staff: bool) -> Availability:
    """How many can be bought; of a product in the archive none."""
    async with database.connection() as tx:
        stock, sold = await repository.get_for_sale(tx, product_id)
    available = stock.available if sold else 0
    if staff:
        return StaffAvailability.of(available, on_hand=stock.on_hand, reserved=stock.reserved)
    return Availability.of(available)


async def adjust(
    database: Database, once: Once[Movement], actor: str, said: Adjustment
) -> Movement:
    """Raises UnknownProduct, WouldGoNegative."""
    movement = Movement.adjusting(said, actor)
    async with database.transaction() as tx:
        await once.claim(tx)
        stock = await repository.find_to_change(tx, said.product_id)
        if stock is None:
            raise UnknownProduct({"/product_id": said.product_id})
        stock.require_room(movement)
        await repository.move(tx, [movement])
        await once.keep(tx, movement)
    return movement


async def list_movements(
    database: Database, product_id: UUID, query: paging.PageQuery
) -> paging.Page[Movement]:
    """The ledger of one product, the newest line first; raises NotFound."""
    scope = f"{LIST} {product_id}"
    before = paging.decode(scope, query.cursor, UUID) if query.cursor else None
    async with database.connection() as tx:
        await repository.get_for_sale(tx, product_id)
        rows = await repository.list_movements_before(tx, product_id, before, query.limit + 1)
    return paging.page(rows, query.limit, lambda last: paging.encode(scope, str(last.id)))


async def announce(database: Database) -> int:
    """Tell the others which levels have changed since they were last told; how many those are.

    However often a level changes between two runs, it is told once.
    """
    told = 0
    while True:
        async with database.transaction() as tx:
            changed = await repository.list_changed(tx, _ANNOUNCED_AT_ONCE)
            levels = await repository.announce(tx, changed) if changed else []
            for level in levels:
                await publish(tx, InventoryLevelChanged.of(level), sequence=level.number)
        told += len(levels)
        if len(changed) < _ANNOUNCED_AT_ONCE:
            return told
