"""A cart as its owner sees it: what lies in it, at today's prices."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

from ..chassis.money import Money
from ..product.models import Product
from .line import Line
from .models import Cart, Status


class LineView(BaseModel):
    """`price_changed_from` is the price at which it was put in, if there is another now."""

    model_config = ConfigDict(frozen=True)

    product_id: UUID
    sku: str
    name: str
    quantity: int
    unit_price: Money
    line_total: Money
    price_changed_from: Money | None
    unavailable: bool = Field(description="It is not sold any more, and not part of the total.")

    @classmethod
    def of(cls, line: Line, product: Product) -> Self:
        return cls(
            product_id=product.id,
            sku=product.sku,
            name=product.name,
            quantity=line.quantity,
            unit_price=product.price,
            line_total=product.price * line.quantity,
            price_changed_from=line.unit_price if line.unit_price != product.price else None,
            unavailable=not product.for_sale,
        )


class CartView(BaseModel):
    """A cart, with what its lines cost together; an empty one costs nothing in no currency."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    status: Status
    version: int
    lines: list[LineView]
    total: Money | None
    created_at: datetime
    updated_at: datetime
    expires_at: datetime | None

    _catalogue: int = PrivateAttr(default=0)

    @classmethod
    def of(cls, cart: Cart, products: Mapping[UUID, Product]) -> Self:
        lines = [LineView.of(line, products[line.product_id]) for line in cart.lines]
        view = cls(
            id=cart.id,
            status=cart.status,
            version=cart.version,
            lines=lines,
            total=sum_of([line.line_total for line in lines if not line.unavailable]),
            created_at=cart.created_at,
            updated_at=cart.updated_at,
            expires_at=cart.expires_at,
        )
        view._catalogue = sum(products[one].version for one in cart.product_ids)
        return view

    @property
    def edition(self) -> str:
        """What its ETag is made of: the cart's version, and what its products have come to.

        A price that changes leaves the cart's version alone, and yet the view is another.
        """
        return f"{self.version}.{self._catalogue}" if self._catalogue else str(self.version)


class OpenedCart(CartView):
    """A cart that was opened; a guest's comes with the token for it, which is said only here."""

    guest_token: str | None = None


def sum_of(amounts: list[Money]) -> Money | None:
    """All of these; those of another currency than the first are left out."""
    if not amounts:
        return None
    first, *others = amounts
    return sum((one for one in others if one.currency == first.currency), start=first)
