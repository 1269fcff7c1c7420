"""What an order is made of."""

from __future__ import annotations

from uuid import UUID

from pydantic import BaseModel, ConfigDict

from ..chassis.money import Money


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


class Address(BaseModel):
    """Where it goes: a copy, as the original may be changed or removed."""

    model_config = ConfigDict(frozen=True)

    name: str
    line1: str
    line2: str | None = None
    postal_code: str
    city: str
    country: str
    phone: str | None = None


class Quote(BaseModel):
    """What a cart holds and costs now."""

    model_config = ConfigDict(frozen=True)

    cart_id: UUID
    user_id: UUID | None
    cart_version: int
    currency: str
    lines: tuple[OrderLine, ...]
    totals: Totals
    expected_total: Money

    @property
    def sound(self) -> bool:
        """Whether it adds up, in one currency."""
        totals = self.totals
        prices = [line.unit_price for line in self.lines]
        parts = [totals.items, totals.shipping, totals.tax, totals.discount, totals.grand]
        if {one.currency for one in (*prices, *parts)} != {self.currency}:
            return False
        items = sum(line.unit_price.amount * line.quantity for line in self.lines)
        costs = totals.items + totals.shipping + totals.tax - totals.discount
        return totals.items.amount == items and costs == totals.grand == self.expected_total
