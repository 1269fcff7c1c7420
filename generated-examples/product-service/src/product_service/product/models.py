"""One product: what it is, and what may happen to it."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from ..chassis.fields import Line
from ..chassis.identifiers import uuid7


class Status(StrEnum):
    """Whether it can be bought."""

    active = "active"
    archived = "archived"


class ProductInput(BaseModel):
    """What a caller says to make one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Line


class ProductChange(BaseModel):
    """What a caller says to change one; what is left out stays."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Line | None = None


class Product(BaseModel):
    """One product; a change is a new value with the next version."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    name: str
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def create(cls, said: ProductInput) -> Self:
        now = datetime.now(UTC)
        return cls(id=uuid7(), name=said.name, version=1, created_at=now, updated_at=now)

    def changed(self, said: ProductChange) -> Self:
        return self.model_copy(
            update={
                **said.model_dump(exclude_none=True),
                "version": self.version + 1,
                "updated_at": datetime.now(UTC),
            },
        )
