"""One category: what it is, and what may happen to it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, StringConstraints

from ..chassis.errors import Conflict
from ..chassis.fields import Line
from ..chassis.identifiers import uuid7

Slug = Annotated[str, StringConstraints(max_length=64, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]


class SlugTaken(Conflict):
    code = "slug-taken"


class CategoryInput(BaseModel):
    """What a caller says to make one; the slug is its name in addresses."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    slug: Slug
    name: Line


class CategoryChange(BaseModel):
    """What a caller says to change one; what is left out stays."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    slug: Slug | None = None
    name: Line | None = None


class Category(BaseModel):
    """One category; a change is a new value with the next version."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    slug: str
    name: str
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def create(cls, said: CategoryInput) -> Self:
        now = datetime.now(UTC)
        return cls(id=uuid7(), **said.model_dump(), version=1, created_at=now, updated_at=now)

    def changed(self, said: CategoryChange) -> Self:
        return self.model_copy(
            update={
                **said.model_dump(exclude_none=True),
                "version": self.version + 1,
                "updated_at": datetime.now(UTC),
            },
        )
