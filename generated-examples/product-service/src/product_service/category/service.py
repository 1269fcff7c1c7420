"""The use cases of categories: load, decide, save, in one transaction each."""

from __future__ import annotations

from uuid import UUID

from ..chassis import paging
from ..chassis.database import Database
from ..chassis.etags import IfMatch
from . import repository
from .models import Category, CategoryChange, CategoryInput

FIRST = UUID(int=0)
LIST = "categories"


async def create(database: Database, said: CategoryInput) -> Category:
    """Raises SlugTaken."""
    category = Category.create(said)
    async with database.transaction() as tx:
        await repository.add(tx, category)
    return category


async def get(database: Database, id: UUID) -> Category:
    async with database.connection() as tx:
        return await repository.get(tx, id)


async def list_page(database: Database, query: paging.PageQuery) -> paging.Page[Category]:
    after = paging.decode(LIST, query.cursor, UUID) if query.cursor else FIRST
    async with database.connection() as tx:
        rows = await repository.list_after(tx, after, query.limit + 1)
    return paging.page(rows, query.limit, lambda last: paging.encode(LIST, str(last.id)))


async def change(database: Database, id: UUID, said: CategoryChange, seen: IfMatch) -> Category:
    """Raises SlugTaken."""
    async with database.transaction() as tx:
        category = await repository.get_to_change(tx, id)
        seen.check(category.version)
        changed = category.changed(said)
        await repository.save(tx, changed)
    return changed
