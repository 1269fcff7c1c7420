"""The stock of one product, and the movements that it is the sum of."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Final, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from ..chassis.errors import Conflict, Fault, Invalid
from ..chassis.fields import Line
from ..chassis.identifiers import uuid7

LOW: Final = 5  # from here on a customer is told to be quick
_MOST_AT_ONCE: Final = 1_000_000


def _not_zero(delta: int) -> int:
    if delta == 0:
        raise ValueError("must be more or less than 0")
    return delta


Delta = Annotated[int, Field(ge=-_MOST_AT_ONCE, le=_MOST_AT_ONCE), AfterValidator(_not_zero)]


class State(StrEnum):
    """What a customer is told of the stock."""

    in_stock = "in_stock"
    low = "low"
    out = "out"

    @classmethod
    def of(cls, available: int) -> Self:
        if available <= 0:
            return cls("out")
        return cls("low") if available <= LOW else cls("in_stock")


class WouldGoNegative(Conflict):
    code = "would-go-negative"


class UnknownProduct(Invalid):
    """`where` names the places of the request, as JSON pointers, and what stands there."""

    def __init__(self, where: Mapping[str, UUID]) -> None:
        faults = [
            Fault(pointer, "unknown-product", f"no product {named}")
            for pointer, named in where.items()
        ]
        super().__init__(faults[0].message, faults)


class Adjustment(BaseModel):
    """What somebody in the warehouse says: so many more, or fewer with a minus."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    product_id: UUID
    delta: Delta
    reason: Line


class Movement(BaseModel):
    """One line of the ledger; it stays for ever."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    product_id: UUID
    delta: int
    reason: str
    reservation_id: UUID | None
    actor: str
    created_at: datetime

    @classmethod
    def adjusting(cls, said: Adjustment, actor: str) -> Self:
        return cls.make(said.product_id, said.delta, said.reason, actor)

    @classmethod
    def make(
        cls,
        product_id: UUID,
        delta: int,
        reason: str,
        actor: str,
        reservation_id: UUID | None = None,
    ) -> Self:
        return cls(
            id=uuid7(),
            product_id=product_id,
            delta=delta,
            reason=reason,
            reservation_id=reservation_id,
            actor=actor,
            created_at=datetime.now(UTC),
        )


class Stock(BaseModel):
    """What lies on the shelf, and what of it is promised to somebody."""

    model_config = ConfigDict(frozen=True)

    on_hand: int
    reserved: int

    @property
    def available(self) -> int:
        return self.on_hand - self.reserved

    def require_room(self, movement: Movement) -> None:
        """Raises WouldGoNegative if this takes what is not there, or is promised."""
        if self.available + movement.delta < 0:
            raise WouldGoNegative(
                f"{self.on_hand} are on hand and {self.reserved} of them reserved: "
                f"{-movement.delta} cannot be taken away"
            )


class Availability(BaseModel):
    """What a customer is told: how many can be bought now."""

    model_config = ConfigDict(frozen=True)

    available: int
    state: State

    @classmethod
    def of(cls, available: int, **more: int) -> Self:
        return cls(available=available, state=State.of(available), **more)


class StaffAvailability(Availability):
    """What somebody of the shop is told."""

    on_hand: int
    reserved: int


class Level(Availability):
    """What the others are told of the stock of one product, for the how many-th time."""

    product_id: UUID
    number: int
