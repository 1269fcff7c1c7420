"""The use cases of the product: load, decide, save, tell, in one transaction each."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from ..category import repository as categories
from ..chassis.cache import Cache
from ..chassis.database import Database, Transaction
from ..chassis.errors import NotFound
from ..chassis.etags import IfMatch
from ..chassis.events import publish
from ..inventory import repository as inventory
from . import repository
from .events import ProductArchived, ProductCreated, ProductPriceChanged, ProductUpdated
from .models import NoSuchCategory, Product, ProductChange, ProductInput

_KEPT_SECONDS: Final = 60.0


async def create(database: Database, said: ProductInput) -> Product:
    """Raises SkuTaken, NoSuchCategory."""
    product = Product.create(said)
    async with database.transaction() as tx:
        await _require_category(tx, product)
        await repository.add(tx, product)
        await inventory.add(tx, product.id)
        await publish(tx, ProductCreated.of(product), sequence=product.version)
    return product


async def get(database: Database, cache: Cache, id: UUID) -> Product:
    """Raises NotFound, and Gone for one in the archive."""

    async def load() -> Product | None:
        async with database.connection() as tx:
            return await repository.find(tx, id)

    product = await cache.get_or_load(_key(id), load, ttl=_KEPT_SECONDS, model=Product)
    if product is None:
        raise NotFound(f"no product {id}")
    return product.require_active()


async def change(
    database: Database, cache: Cache, id: UUID, said: ProductChange, seen: IfMatch
) -> Product:
    """Raises Gone, SkuTaken, NoSuchCategory."""
    async with database.transaction() as tx:
        product = (await repository.get_to_change(tx, id)).require_active()
        seen.check(product.version)
        changed = product.changed(said)
        if changed == product:
            return product
        await _require_category(tx, changed)
        await repository.save(tx, changed)
        await _tell_changed(tx, product, changed)
    await cache.invalidate(_key(id))
    return changed


async def archive(database: Database, cache: Cache, id: UUID, seen: IfMatch) -> None:
    """Sell no more of it; what is reserved already can still be bought."""
    async with database.transaction() as tx:
        product = await repository.get_to_change(tx, id)
        if product.archived:
            return
        seen.check(product.version)
        archived = product.in_archive()
        await repository.save(tx, archived)
        told = ProductArchived(product_id=id, sku=archived.sku, version=archived.version)
        await publish(tx, told, sequence=archived.version)
    await cache.invalidate(_key(id))


async def _tell_changed(tx: Transaction, old: Product, new: Product) -> None:
    await publish(tx, ProductUpdated.of(new), sequence=new.version)
    if new.price != old.price:
        told = ProductPriceChanged(
            product_id=new.id, old=old.price, new=new.price, version=new.version
        )
        await publish(tx, told, sequence=new.version)


async def _require_category(tx: Transaction, product: Product) -> None:
    if product.category_id and not await categories.exists(tx, product.category_id):
        raise NoSuchCategory(product.category_id)


def _key(id: UUID) -> str:
    return f"product:{id}"
