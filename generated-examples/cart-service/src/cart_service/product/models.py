"""A product, as far as a cart needs to know it."""

from __future__ import annotations

from enum import StrEnum
from typing import Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from ..chassis.money import Money

# So much that a full cart of it still has a total that every reader of JSON keeps exactly.
DEAREST: Final = 10**12


class Status(StrEnum):
    active = "active"
    archived = "archived"


class Product(BaseModel):
    """What product-service last said; a later word has a higher version."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    sku: str
    name: str
    price: Money
    status: Status
    version: int

    @property
    def for_sale(self) -> bool:
        return self.status is Status.active and self.price.amount <= DEAREST


class Listed(BaseModel):
    """A page of the catalogue, as product-service answers it."""

    items: list[Product]
