"""The use cases of addresses: load, decide, save, in one transaction each."""

from __future__ import annotations

from uuid import UUID

from ..account import repository as accounts
from ..chassis import paging
from ..chassis.database import Database
from . import repository
from .models import MOST, Address, AddressInput, TooManyAddresses

FIRST = UUID(int=0)
LIST = "addresses"


async def create(database: Database, user_id: UUID, said: AddressInput) -> Address:
    """Raises TooManyAddresses."""
    address = Address.create(said)
    async with database.transaction() as tx:
        (await accounts.get_to_change(tx, user_id)).require_living()
        if await repository.count(tx, user_id) >= MOST:
            raise TooManyAddresses
        await repository.add(tx, user_id, address)
    return address


async def get(database: Database, user_id: UUID, id: UUID) -> Address:
    async with database.connection() as tx:
        return await repository.get(tx, user_id, id)


async def list_page(
    database: Database, user_id: UUID, query: paging.PageQuery
) -> paging.Page[Address]:
    after = paging.decode(LIST, query.cursor, UUID) if query.cursor else FIRST
    async with database.connection() as tx:
        rows = await repository.list_after(tx, user_id, after, query.limit + 1)
    return paging.page(rows, query.limit, lambda last: paging.encode(LIST, str(last.id)))


async def replace(database: Database, user_id: UUID, id: UUID, said: AddressInput) -> Address:
    async with database.transaction() as tx:
        address = (await repository.get(tx, user_id, id)).replaced(said)
        await repository.save(tx, address)
    return address


async def remove(database: Database, user_id: UUID, id: UUID) -> None:
    async with database.transaction() as tx:
        await repository.remove(tx, user_id, id)
