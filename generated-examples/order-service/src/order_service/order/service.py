"""The use cases of the order: load, decide, save, in one transaction each."""

from __future__ import annotations

from uuid import UUID

from ..chassis import paging
from ..chassis.database import Database
from ..chassis.etags import IfMatch
from . import repository
from .models import Order, OrderChange, OrderInput

FIRST = UUID(int=0)
LIST = "orders"


async def create(database: Database, said: OrderInput) -> Order:
    order = Order.create(said)
    async with database.transaction() as tx:
        await repository.add(tx, order)
    return order


async def get(database: Database, id: UUID) -> Order:
    async with database.connection() as tx:
        return await repository.get(tx, id)


async def list_page(
    database: Database,
    query: paging.PageQuery,
) -> paging.Page[Order]:
    after = UUID(paging.decode(LIST, query.cursor)) if query.cursor else FIRST
    async with database.connection() as tx:
        rows = await repository.list_after(tx, after, query.limit + 1)
    return paging.page(rows, query.limit, lambda last: paging.encode(LIST, str(last.id)))


async def change(
    database: Database,
    id: UUID,
    said: OrderChange,
    seen: IfMatch,
) -> Order:
    async with database.transaction() as tx:
        order = await repository.get_to_change(tx, id)
        seen.check(order.version)
        changed = order.changed(said)
        await repository.save(tx, changed)
    return changed


async def remove(database: Database, id: UUID, seen: IfMatch) -> None:
    async with database.transaction() as tx:
        order = await repository.get_to_change(tx, id)
        seen.check(order.version)
        await repository.remove(tx, id)
