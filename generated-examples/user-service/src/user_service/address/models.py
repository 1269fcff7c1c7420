"""One address of a user."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Final, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, StringConstraints

from ..chassis.errors import Fault, Invalid
from ..chassis.fields import Line
from ..chassis.identifiers import uuid7

MOST: Final = 20


class AddressInput(BaseModel):
    """What a user says about an address; the country is a code of ISO 3166-1."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Line
    line1: Line
    line2: Line | None = None
    postal_code: Annotated[
        str,
        StringConstraints(strip_whitespace=True, max_length=16, pattern=r"^[A-Za-z0-9 -]{1,16}$"),
    ]
    city: Line
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
    phone: Annotated[str, StringConstraints(pattern=r"^\+[1-9][0-9]{6,14}$")] | None = None


class Address(AddressInput):
    """One address; what was ordered there keeps a copy of its own."""

    id: UUID
    created_at: datetime

    @classmethod
    def create(cls, said: AddressInput) -> Self:
        return cls(**said.model_dump(), id=uuid7(), created_at=datetime.now(UTC))

    def replaced(self, said: AddressInput) -> Self:
        return self.model_copy(update=said.model_dump())


class TooManyAddresses(Invalid):
    def __init__(self) -> None:
        fault = Fault("", "too-many-addresses", "remove one that is not needed any more")
        super().__init__(f"{MOST} addresses are enough", [fault])
