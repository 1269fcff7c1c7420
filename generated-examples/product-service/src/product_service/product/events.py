"""What the others hear of a product."""

from __future__ import annotations

from typing import Self
from uuid import UUID

from ..chassis.events import Event
from ..chassis.money import Money
from .models import Product, Status


class _Described(Event, subject="product_id"):
    """What a reader needs to keep a copy of a product."""

    product_id: UUID
    sku: str
    name: str
    price: Money
    status: Status
    version: int

    @classmethod
    def of(cls, product: Product) -> Self:
        return cls(
            product_id=product.id,
            sku=product.sku,
            name=product.name,
            price=product.price,
            status=product.status,
            version=product.version,
        )


class ProductCreated(_Described, type="shop.product.created.v1"):
    pass


class ProductUpdated(_Described, type="shop.product.updated.v1"):
    pass


class ProductPriceChanged(Event, type="shop.product.price_changed.v1", subject="product_id"):
    product_id: UUID
    old: Money
    new: Money
    version: int


class ProductArchived(Event, type="shop.product.archived.v1", subject="product_id"):
    product_id: UUID
    sku: str
    version: int
