"""The use cases of the user: load, decide, save, in one transaction each."""

from __future__ import annotations

from uuid import UUID

from ..chassis import paging
from ..chassis.database import Database
from ..chassis.etags import IfMatch
from . import repository
from .models import User, UserChange, UserInput

FIRST = UUID(int=0)
LIST = "users"


async def create(database: Database, said: UserInput) -> User:
    user = User.create(said)
    async with database.transaction() as tx:
        await repository.add(tx, user)
    return user


async def get(database: Database, id: UUID) -> User:
    async with database.connection() as tx:
        return await repository.get(tx, id)


async def list_page(
    database: Database,
    query: paging.PageQuery,
) -> paging.Page[User]:
    after = UUID(paging.decode(LIST, query.cursor)) if query.cursor else FIRST
    async with database.connection() as tx:
        rows = await repository.list_after(tx, after, query.limit + 1)
    return paging.page(rows, query.limit, lambda last: paging.encode(LIST, str(last.id)))


async def change(
    database: Database,
    id: UUID,
    said: UserChange,
    seen: IfMatch,
) -> User:
    async with database.transaction() as tx:
        user = await repository.get_to_change(tx, id)
        seen.check(user.version)
        changed = user.changed(said)
        await repository.save(tx, changed)
    return changed


async def remove(database: Database, id: UUID, seen: IfMatch) -> None:
    async with database.transaction() as tx:
        user = await repository.get_to_change(tx, id)
        seen.check(user.version)
        await repository.remove(tx, id)
