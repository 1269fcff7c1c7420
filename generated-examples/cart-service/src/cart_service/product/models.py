"""A product, as far as a cart needs to know it."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from ..chassis.money import Money


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
        return self.status is Status.active
