"""One product: what it is, and what may happen to it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Final, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from ..chassis.errors import Conflict, Fault, Gone, Invalid
from ..chassis.fields import Line
from ..chassis.identifiers import uuid7
from ..chassis.money import Money

_EXACT: Final = 2**53 - 1  # what every reader of JSON keeps

Sku = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Prose = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, max_length=10_000, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*$"
    ),
]
Attribute = Line | bool | Annotated[int, Field(ge=-_EXACT, le=_EXACT)]
Attributes = Annotated[Mapping[Line, Attribute], Field(max_length=50)]


class Price(Money):
    """What one piece costs: nothing is for free."""

    amount: int = Field(gt=0, le=_EXACT)


class Status(StrEnum):
    """Whether it can be bought."""

    active = "active"
    archived = "archived"


class SkuTaken(Conflict):
    code = "sku-taken"


class NoSuchCategory(Invalid):
    def __init__(self, id: UUID) -> None:
        sentence = f"no category {id}"
        super().__init__(sentence, [Fault("/category_id", "unknown-category", sentence)])


class ProductInput(BaseModel):
    """What a caller says to make one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sku: Sku
    name: Line
    description: Prose = ""
    category_id: UUID | None = None
    price: Price
    attributes: Attributes = {}


class ProductChange(BaseModel):
    """What a caller says to change one: what is left out stays; category_id may be null."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sku: Sku | None = None
    name: Line | None = None
    description: Prose | None = None
    category_id: UUID | None = None
    price: Price | None = None
    attributes: Attributes | None = None

    @property
    def wanted(self) -> dict[str, object]:
        """The new value of each field that is to change."""
        return {
            name: value
            for name, value in self
            if value is not None or (name == "category_id" and name in self.model_fields_set)
        }


class Product(BaseModel):
    """One product; a change is a new value with the next version."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    sku: str
    name: str
    description: str
    category_id: UUID | None
    price: Price
    attributes: Attributes
    status: Status
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def create(cls, said: ProductInput) -> Self:
        now = datetime.now(UTC)
        return cls(
            id=uuid7(),
            **dict(said),
            status=Status.active,
            version=1,
            created_at=now,
            updated_at=now,
        )

    @property
    def archived(self) -> bool:
        return self.status is Status.archived

    def require_active(self) -> Self:
        """Raises Gone."""
        if self.archived:
            raise Gone(f"product {self.id} is not sold any more")
        return self

    def changed(self, said: ProductChange) -> Self:
        """The next version, or this one where nothing would be different."""
        differing = {
            name: value for name, value in said.wanted.items() if value != getattr(self, name)
        }
        return self._next(**differing) if differing else self

    def in_archive(self) -> Self:
        return self._next(status=Status.archived)

    def _next(self, **changes: object) -> Self:
        now = datetime.now(UTC)
        return self.model_copy(update={**changes, "version": self.version + 1, "updated_at": now})
