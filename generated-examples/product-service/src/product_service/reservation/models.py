"""One reservation: what it holds, for whom, and what may become of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from ..chassis.errors import Conflict
from ..chassis.identifiers import uuid7
from ..inventory.models import Movement
from ..product.models import Price
from .inputs import ReservationInput, Wanted


class Status(StrEnum):
    active = "active"
    committed = "committed"
    released = "released"
    expired = "expired"


class ReservationExpired(Conflict):
    """It holds nothing any more: its time is over, or it was given back."""

    code = "reservation-expired"


class AlreadyCommitted(Conflict):
    code = "already-committed"


class Shortage(BaseModel):
    """Of one product there is less than was asked for."""

    product_id: UUID
    requested: int
    available: int


class InsufficientStock(Conflict):
    code = "insufficient-stock"

    def __init__(self, lines: Iterable[Shortage]) -> None:
        super().__init__("there is not enough of every product", lines=list(lines))


class Line(BaseModel):
    """So many of one product."""

    model_config = ConfigDict(frozen=True)

    product_id: UUID
    quantity: int = Field(ge=1)


class ReservedLine(Line):
    """With what was true of the product when it was reserved."""

    sku: str
    name: str
    unit_price: Price


class Reservation(BaseModel):
    """One reservation; a change is a new value with the next version."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    order_id: UUID
    status: Status
    expires_at: datetime
    lines: tuple[ReservedLine, ...] = ()
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def begin(cls, said: ReservationInput, now: datetime) -> Self:
        return cls(
            id=uuid7(),
            order_id=said.order_id,
            status=Status.active,
            expires_at=now + timedelta(seconds=said.ttl_seconds),
            version=1,
            created_at=now,
            updated_at=now,
        )

    @property
    def wanted(self) -> Wanted:
        """What it was made for, to compare."""
        return {line.product_id: line.quantity for line in self.lines}

    def overdue(self, now: datetime) -> bool:
        """Whether its time is over and nobody has taken back what it holds."""
        return self.status is Status.active and self.expires_at <= now

    def holding(self, lines: Iterable[ReservedLine]) -> Self:
        ordered = sorted(lines, key=lambda line: line.product_id)
        return self.model_copy(update={"lines": tuple(ordered)})

    def extended(self, seconds: int, now: datetime) -> Self:
        """Raises AlreadyCommitted, ReservationExpired."""
        self._require_held(now)
        return self.renewed(seconds, now)

    def renewed(self, seconds: int, now: datetime) -> Self:
        """Held from now on, whatever it was before; never for shorter than was promised."""
        until = max(self.expires_at, now + timedelta(seconds=seconds))
        return self._next(now, status=Status.active, expires_at=until)

    def committed(self, now: datetime) -> Self:
        """Raises AlreadyCommitted, ReservationExpired."""
        self._require_held(now)
        return self._next(now, status=Status.committed)

    def released(self, now: datetime) -> Self:
        """Raises AlreadyCommitted."""
        self._require_not_committed()
        return self._next(now, status=Status.released)

    def expired(self, now: datetime) -> Self:
        return self._next(now, status=Status.expired)

    def movements(self, actor: str) -> list[Movement]:
        """What leaves the shelf when it is committed."""
        return [
            Movement.make(line.product_id, -line.quantity, "sold", actor, self.id)
            for line in self.lines
        ]

    def require_not_released(self) -> None:
        """Raises ReservationExpired: what was cancelled once does not come back to life."""
        if self.status is Status.released:
            raise ReservationExpired(f"reservation {self.id} was given back")

    def _require_not_committed(self) -> None:
        if self.status is Status.committed:
            raise AlreadyCommitted(f"reservation {self.id} is committed: its goods are sold")

    def _require_held(self, now: datetime) -> None:
        self._require_not_committed()
        self.require_not_released()
        if self.status is Status.expired or self.overdue(now):
            raise ReservationExpired(f"reservation {self.id} ended at {self.expires_at:%FT%TZ}")

    def _next(self, now: datetime, **changes: object) -> Self:
        return self.model_copy(update={**changes, "version": self.version + 1, "updated_at": now})
