"""One order: what it is, and what may happen to it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from ..chassis.fields import Line
from ..chassis.identifiers import uuid7
from ..chassis.money import Money


class OrderInput(BaseModel):
    """What a caller says to make one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Line


class OrderChange(BaseModel):
    """What a caller says to change one; what is left out stays."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Line | None = None


class Order(BaseModel):
    """One order; a change is a new value with the next version."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    name: str
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def create(cls, said: OrderInput) -> Self:
        now = datetime.now(UTC)
        return cls(id=uuid7(), name=said.name, version=1, created_at=now, updated_at=now)

    def changed(self, said: OrderChange) -> Self:
        return self.model_copy(
            update={
                **said.model_dump(exclude_none=True),
                "version": self.version + 1,
                "updated_at": datetime.now(UTC),
            },
        )


class OrderLine(BaseModel):
    """One product of an order, at the price that the customer agreed to."""

    model_config = ConfigDict(frozen=True)

    product_id: UUID
    sku: str
    name: str
    quantity: int
    unit_price: Money


class Totals(BaseModel):
    """What an order costs, and why; the taxes are in the prices."""

    model_config = ConfigDict(frozen=True)

    items: Money
    shipping: Money
    tax: Money
    discount: Money
    grand: Money


class Shortage(BaseModel):
    """A product of which there is less than was asked for."""

    model_config = ConfigDict(frozen=True)

    product_id: UUID
    requested: int
    available: int
