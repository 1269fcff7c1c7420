"""Why an order cannot be had as it was asked for, and what the customer is told.

Rejected                 409
  InsufficientStock      409  insufficient-stock       `lines`: what is missing
  PriceChanged           409  price-changed            `quote`: what it costs now
  CartChanged            409  cart-changed             `quote`
  CartEmpty              409  cart-empty
Invalid                  422  validation-failed        a cart, address or payment method unknown
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

from ..chassis.errors import Conflict, Fault, Invalid, ServiceError
from .values import Quote, Shortage

Why = Literal[
    "insufficient_stock",
    "price_changed",
    "cart_changed",
    "cart_empty",
    "cart_unknown",
    "address_unknown",
    "product_unknown",
    "payment_method_unknown",
]


class Rejected(Conflict):
    """The order cannot be had as it was asked for."""


class InsufficientStock(Rejected):
    code = "insufficient-stock"


class PriceChanged(Rejected):
    code = "price-changed"


class CartChanged(Rejected):
    code = "cart-changed"


class CartEmpty(Rejected):
    code = "cart-empty"


_CONFLICTS: Final[Mapping[str, tuple[type[Rejected], str]]] = {
    "insufficient_stock": (InsufficientStock, "there is less in stock than you want"),
    "price_changed": (PriceChanged, "the price has changed; see the quote, and order at its total"),
    "cart_changed": (CartChanged, "the cart has changed; see the quote, and order its version"),
    "cart_empty": (CartEmpty, "there is nothing in the cart"),
    "product_unknown": (CartChanged, "something in the cart is no longer sold"),
}
_WRONG: Final[Mapping[str, tuple[str, str]]] = {
    "cart_unknown": ("/cart_id", "you have no such cart"),
    "address_unknown": ("/address_id", "you have no such address"),
    "payment_method_unknown": ("/payment_method", "the payment provider knows no such method"),
}


class Rejection(BaseModel):
    """Kept with the order, so that whoever asks again is told the same."""

    model_config = ConfigDict(frozen=True)

    reason: Why
    quote: Quote | None = None
    lines: tuple[Shortage, ...] = ()

    @property
    def error(self) -> ServiceError:
        """What the customer is told."""
        if self.reason in _WRONG:
            pointer, message = _WRONG[self.reason]
            return Invalid("the order does not fit", [Fault(pointer, "unknown", message)])
        kind, sentence = _CONFLICTS[self.reason]
        return kind(
            sentence,
            quote=self.quote and self.quote.model_dump(mode="json"),
            lines=[line.model_dump(mode="json") for line in self.lines],
        )
