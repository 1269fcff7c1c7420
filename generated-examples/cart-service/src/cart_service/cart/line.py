"""One line of a cart, and the limits of what a cart can hold."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, WithJsonSchema

from ..chassis.errors import Conflict, Fault, Invalid
from ..chassis.money import Money
from ..product.models import Product

MOST_OF_ONE: Final = 99
MOST_LINES: Final = 50

# The bounds are the cart's to check, which answers with a code of its own.
Added = Annotated[int, WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MOST_OF_ONE})]
Kept = Annotated[int, WithJsonSchema({"type": "integer", "minimum": 0, "maximum": MOST_OF_ONE})]


class ItemInput(BaseModel):
    """So many more of a product."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    product_id: UUID
    quantity: Added


class QuantityInput(BaseModel):
    """So many of a product; 0 removes it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    quantity: Kept


class ProductUnavailable(Conflict):
    code = "product-unavailable"


class QuantityLimit(Invalid):
    code = "quantity-limit"

    def __init__(self, message: str) -> None:
        super().__init__(message, [Fault("/quantity", self.code, message)])


def require_within(quantity: int, *, least: int) -> None:
    """Raise QuantityLimit for so many of one product, too few or too many."""
    if not least <= quantity <= MOST_OF_ONE:
        raise QuantityLimit(f"say how many, from {least} to {MOST_OF_ONE}; not {quantity}")


class Line(BaseModel):
    """So many of a product, at the price that the customer last agreed to see."""

    model_config = ConfigDict(frozen=True)

    product_id: UUID
    quantity: int
    unit_price: Money
    added_at: datetime

    @classmethod
    def of(cls, product: Product, quantity: int, now: datetime) -> Self:
        return cls(product_id=product.id, quantity=quantity, unit_price=product.price, added_at=now)
