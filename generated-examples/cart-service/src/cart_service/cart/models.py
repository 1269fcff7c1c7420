"""One cart: what it is, and what may happen to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from ..chassis.identifiers import uuid7
from ..product.models import Product
from .line import MOST_LINES, Line, ProductUnavailable, QuantityLimit, require_within
from .owner import Owner


class Status(StrEnum):
    active = "active"
    converted = "converted"
    merged = "merged"
    expired = "expired"


class Cart(BaseModel):
    """One cart; a change is a new value with the next version.

    It is a user's or a guest's. `updated_at` is when its owner last changed it, `abandoned_at` when
    it was told since then that nobody did.
    """

    model_config = ConfigDict(frozen=True)

    id: UUID
    user_id: UUID | None
    guest_token_hash: bytes | None = Field(repr=False)
    status: Status
    version: int
    lines: tuple[Line, ...]
    created_at: datetime
    updated_at: datetime
    expires_at: datetime | None
    abandoned_at: datetime | None = None
    merged_into: UUID | None = None

    @classmethod
    def begin(cls, owner: Owner, now: datetime, expires_at: datetime | None = None) -> Self:
        return cls(
            id=uuid7(),
            user_id=owner.user_id,
            guest_token_hash=owner.token_hash,
            status=Status.active,
            version=1,
            lines=(),
            created_at=now,
            updated_at=now,
            expires_at=expires_at,
        )

    @property
    def product_ids(self) -> list[UUID]:
        return [line.product_id for line in self.lines]

    def line(self, product_id: UUID) -> Line | None:
        return next((line for line in self.lines if line.product_id == product_id), None)

    def belongs_to(self, owner: Owner) -> bool:
        if self.user_id is not None:
            return self.user_id == owner.user_id
        return self.guest_token_hash == owner.token_hash

    def is_over(self, now: datetime) -> bool:
        """Whether it was a guest's who did not come back in time."""
        late = self.expires_at is not None and self.expires_at <= now
        return self.status is Status.expired or (self.status is Status.active and late)

    def can_change(self, now: datetime) -> bool:
        return self.status is Status.active and not self.is_over(now)

    def can_be_read(self, now: datetime) -> bool:
        return self.can_change(now) or self.status is Status.converted

    def added(self, product: Product | None, quantity: int, now: datetime) -> Self:
        """With so many more of it; raises QuantityLimit, ProductUnavailable."""
        sold = self._required(product)
        line = self.line(sold.id)
        return self._holding(sold, quantity + (line.quantity if line else 0), now)

    def keeping(self, product: Product | None, quantity: int, now: datetime) -> Self:
        """With so many of it, more than 0; raises QuantityLimit, ProductUnavailable."""
        return self._holding(self._required(product), quantity, now)

    def without(self, product_id: UUID, now: datetime) -> Self:
        return self.holding([line for line in self.lines if line.product_id != product_id], now)

    def bought(self, quantities: Mapping[UUID, int], now: datetime) -> Self:
        """Without what was ordered; what came in since then, or more of it, stays."""
        left = [(line, line.quantity - quantities.get(line.product_id, 0)) for line in self.lines]
        kept = [line.model_copy(update={"quantity": rest}) for line, rest in left if rest > 0]
        changed = self.holding(kept, now)
        return changed if kept else changed.model_copy(update={"status": Status.converted})

    def given_up(self, now: datetime) -> Self:
        """It was told that nobody came back, which is no change that its owner made."""
        return self.model_copy(update={"abandoned_at": now})

    def merged(self, into: UUID, now: datetime) -> Self:
        return self._next(now, lines=(), status=Status.merged, merged_into=into)

    def holding(self, lines: Iterable[Line], now: datetime) -> Self:
        """With these lines, as its owner wants it; the same ones are no change."""
        wanted = tuple(lines)
        return self if wanted == self.lines else self._next(now, lines=wanted, abandoned_at=None)

    def _required(self, product: Product | None) -> Product:
        if product is None or not product.for_sale:
            raise ProductUnavailable("this product is not for sale")
        others = [line for line in self.lines if line.product_id != product.id]
        if {line.unit_price.currency for line in others} - {product.price.currency}:
            raise ProductUnavailable(
                f"this product is sold in {product.price.currency}, and the rest of the cart is not"
            )
        return product

    def _holding(self, product: Product, quantity: int, now: datetime) -> Self:
        require_within(quantity, least=1)
        known = self.line(product.id)
        if known is None and len(self.lines) >= MOST_LINES:
            raise QuantityLimit(f"{MOST_LINES} different products are the most")
        changed = Line.of(product, quantity, known.added_at if known else now)
        others = [line for line in self.lines if line.product_id != product.id]
        return self.holding(sorted([*others, changed], key=_place), now)

    def _next(self, now: datetime, **changes: object) -> Self:
        life = self.expires_at - self.updated_at if self.expires_at else None
        return self.model_copy(
            update={
                **changes,
                "version": self.version + 1,
                "updated_at": now,
                "expires_at": now + life if life else None,
            }
        )


def _place(line: Line) -> tuple[datetime, UUID]:
    return line.added_at, line.product_id
