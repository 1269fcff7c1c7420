"""Two carts become one: the rules, and what is said where not all of it fits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Final, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, StringConstraints

from ..cart.line import MOST_LINES, MOST_OF_ONE, Line
from ..cart.models import Cart
from ..cart.view import CartView
from ..chassis.errors import Gone
from ..product.models import Product

_SAID: Final = {
    "quantity-capped": f"{MOST_OF_ONE} of one product are the most",
    "no-room": f"{MOST_LINES} different products are the most",
    "other-currency": "it is sold in another currency than the rest of the cart",
}


class CartExpired(Gone):
    code = "cart-expired"


class MergeInput(BaseModel):
    """The token that came with the guest's cart."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    guest_token: Annotated[str, StringConstraints(min_length=1, max_length=256)]


class Note(BaseModel):
    """What was asked for both carts together, and what was kept of it."""

    model_config = ConfigDict(frozen=True)

    product_id: UUID
    code: Literal["quantity-capped", "no-room", "other-currency"]
    message: str
    asked: int
    kept: int

    @classmethod
    def of(
        cls,
        line: Line,
        code: Literal["quantity-capped", "no-room", "other-currency"],
        kept: int = 0,
    ) -> Self:
        return cls(
            product_id=line.product_id,
            code=code,
            message=_SAID[code],
            asked=line.quantity,
            kept=kept,
        )


class MergedCart(CartView):
    """The user's cart, and what did not fit into it."""

    notes: tuple[Note, ...] = ()

    @classmethod
    def saying(cls, cart: Cart, products: Mapping[UUID, Product], notes: Iterable[Note]) -> Self:
        return cls.of(cart, products).model_copy(update={"notes": tuple(notes)})


def combined(cart: Cart, guest: Cart, now: datetime) -> tuple[Cart, list[Note]]:
    """The user's cart with what lies in the guest's: sums, as far as they fit."""
    lines = {line.product_id: line for line in cart.lines}
    notes: list[Note] = []
    for line in guest.lines:
        mine = lines.get(line.product_id, line.model_copy(update={"quantity": 0}))
        both = mine.model_copy(update={"quantity": mine.quantity + line.quantity})
        if both.quantity > MOST_OF_ONE:
            notes.append(Note.of(both, "quantity-capped", MOST_OF_ONE))
            both = both.model_copy(update={"quantity": MOST_OF_ONE})
        if line.product_id not in lines and len(lines) >= MOST_LINES:
            notes.append(Note.of(line, "no-room"))
        elif {one.unit_price.currency for one in lines.values()} - {line.unit_price.currency}:
            notes.append(Note.of(line, "other-currency"))
        else:
            lines[line.product_id] = both
    return cart.holding(lines.values(), now), notes
