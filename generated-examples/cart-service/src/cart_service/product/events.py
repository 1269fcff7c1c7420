"""What is done here when product-service speaks: the copies of its products follow."""

from __future__ import annotations

from uuid import UUID

from ..chassis.database import Transaction
from ..chassis.events import Event, Subscriptions
from ..chassis.money import Money
from . import repository
from .models import Product, Status

subscriptions = Subscriptions()


class _Described(Event, subject="product_id", source="product-service"):
    """What makes a whole copy."""

    product_id: UUID
    sku: str
    name: str
    price: Money
    status: Status
    version: int

    @property
    def product(self) -> Product:
        return Product(
            id=self.product_id,
            sku=self.sku,
            name=self.name,
            price=self.price,
            status=self.status,
            version=self.version,
        )


class ProductCreated(_Described, type="shop.product.created.v1"):
    pass


class ProductUpdated(_Described, type="shop.product.updated.v1"):
    pass


class ProductPriceChanged(
    Event, type="shop.product.price_changed.v1", subject="product_id", source="product-service"
):
    product_id: UUID
    new: Money
    version: int


class ProductArchived(
    Event, type="shop.product.archived.v1", subject="product_id", source="product-service"
):
    product_id: UUID
    version: int


@subscriptions.subscribe(ProductCreated)
async def learn(event: ProductCreated, tx: Transaction) -> None:
    await repository.keep(tx, [event.product])


@subscriptions.subscribe(ProductUpdated)
async def follow(event: ProductUpdated, tx: Transaction) -> None:
    await repository.keep(tx, [event.product])


@subscriptions.subscribe(ProductPriceChanged)
async def reprice(event: ProductPriceChanged, tx: Transaction) -> None:
    await repository.keep_price(tx, event.product_id, event.new, event.version)


@subscriptions.subscribe(ProductArchived)
async def archive(event: ProductArchived, tx: Transaction) -> None:
    await repository.archive(tx, event.product_id, event.version)
