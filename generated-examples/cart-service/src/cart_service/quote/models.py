"""One quote: what a cart costs at the prices of this moment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from ..cart.line import Line
from ..cart.models import Cart
from ..cart.view import sum_of
from ..chassis.errors import Conflict
from ..chassis.money import Money
from ..product.models import Product
from .shipping import Rate, shipping_of


class CartEmpty(Conflict):
    code = "cart-empty"


class QuoteLine(BaseModel):
    model_config = ConfigDict(frozen=True)

    product_id: UUID
    sku: str
    name: str
    quantity: int
    unit_price: Money
    line_total: Money

    @classmethod
    def of(cls, line: Line, product: Product) -> Self:
        return cls(
            product_id=product.id,
            sku=product.sku,
            name=product.name,
            quantity=line.quantity,
            unit_price=product.price,
            line_total=product.price * line.quantity,
        )


class Totals(BaseModel):
    """Prices include taxes, so that `tax` adds nothing; `grand` is what is to be paid."""

    model_config = ConfigDict(frozen=True)

    items: Money
    shipping: Money
    tax: Money
    discount: Money
    grand: Money

    @classmethod
    def of(cls, items: Money, rates: Mapping[str, Rate]) -> Self:
        shipping, nothing = shipping_of(items, rates), items * 0
        return cls(
            items=items, shipping=shipping, tax=nothing, discount=nothing, grand=items + shipping
        )


class Quote(BaseModel):
    """An order sends `cart_version` and `expected_total` back; where they changed it is refused."""

    model_config = ConfigDict(frozen=True)

    cart_id: UUID
    user_id: UUID | None
    cart_version: int
    currency: str
    lines: list[QuoteLine]
    totals: Totals
    expected_total: Money
    unavailable: list[UUID] = Field(description="What lies in the cart and is not sold any more.")

    @classmethod
    def of(cls, cart: Cart, products: Mapping[UUID, Product], rates: Mapping[str, Rate]) -> Self:
        """Raises CartEmpty where nothing in the cart can be bought."""
        sold = [
            QuoteLine.of(line, products[line.product_id])
            for line in cart.lines
            if line.product_id in products and products[line.product_id].for_sale
        ]
        lines = [line for line in sold if line.unit_price.currency == sold[0].unit_price.currency]
        items = sum_of([line.line_total for line in lines])
        if items is None:
            raise CartEmpty("there is nothing in this cart that can be bought")
        totals = Totals.of(items, rates)
        quoted = {line.product_id for line in lines}
        return cls(
            cart_id=cart.id,
            user_id=cart.user_id,
            cart_version=cart.version,
            currency=items.currency,
            lines=lines,
            totals=totals,
            expected_total=totals.grand,
            unavailable=[one for one in cart.product_ids if one not in quoted],
        )
