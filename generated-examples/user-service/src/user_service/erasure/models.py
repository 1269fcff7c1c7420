"""One erasure, which is complete once every service has done its part."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from ..account.models import Profile
from ..address.models import Address
from ..audit.models import Entry
from ..credential.models import Password
from ..session.models import Session
from .keepers import Kept

ALLOWED: Final = timedelta(days=30)  # GDPR 12 (3): within one month
REMINDED_EVERY: Final = timedelta(hours=1)
# Who keeps something of a user; each answers with a user_erased event of its own.
KEEPERS: Final = frozenset(
    {"cart-service", "notification-service", "order-service", "product-service"}
)


class Goodbye(BaseModel):
    """What a user says to be erased."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    password: Password


class ErasureStarted(BaseModel):
    """What is promised then."""

    status: Literal["erasing"] = "erasing"
    erase_by: datetime


class Erasure(BaseModel):
    """One erasure: when it was asked for, and who has not done it yet."""

    model_config = ConfigDict(frozen=True)

    user_id: UUID
    requested_at: datetime
    erase_by: datetime
    asked_at: datetime
    completed_at: datetime | None = None
    acknowledged: frozenset[str] = frozenset()

    @classmethod
    def begin(cls, user_id: UUID, now: datetime) -> Self:
        return cls(user_id=user_id, requested_at=now, erase_by=now + ALLOWED, asked_at=now)

    def with_acknowledgement(self, service: str, now: datetime) -> Self:
        acknowledged = self.acknowledged | {service}
        complete = self.completed_at or (now if acknowledged >= KEEPERS else None)
        return self.model_copy(update={"acknowledged": acknowledged, "completed_at": complete})

    def reminded(self, now: datetime) -> Self:
        return self.model_copy(update={"asked_at": now})

    @property
    def missing(self) -> frozenset[str]:
        return KEEPERS - self.acknowledged


class Export(BaseModel):
    """All that the shop keeps of a user, for her and for other programs."""

    exported_at: datetime
    profile: Profile
    addresses: list[Address]
    sessions: list[Session]
    history: list[Entry] = Field(description="What was done with the account, and when.")
    products: Kept
    orders: Kept
    carts: Kept
    notifications: Kept
