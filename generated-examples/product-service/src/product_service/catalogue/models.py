"""What can be asked of the catalogue, and what it answers."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from ..category.models import Slug
from ..chassis.fields import Line
from ..chassis.money import Currency
from ..chassis.paging import Page, PageQuery
from ..product.models import Product

_UUID: Final = "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_MOST_IDS: Final = 50

# The smallest unit of a currency, as in Money.
Amount = Annotated[int, Field(ge=0, le=2**53 - 1)]


class Sort(StrEnum):
    relevance = "relevance"
    newest = "newest"
    cheapest = "price"
    dearest = "-price"
    name = "name"


class Match(StrEnum):
    """How a product was found: by the words that were asked for, or by words like them."""

    words = "="
    likeness = "~"


class CatalogueQuery(PageQuery):
    """The query string of the catalogue; a product is listed if all of it holds."""

    q: Line | None = Field(
        default=None, description='Words of it; "in quotes" a phrase, with a minus words it lacks.'
    )
    category: Slug | None = Field(default=None, description="The slug of its category.")
    min_price: Amount | None = Field(default=None, description="In the smallest unit: cents.")
    max_price: Amount | None = Field(default=None, description="In the smallest unit: cents.")
    currency: Currency | None = Field(
        default=None, description="Of its price; without it amounts of all currencies compare."
    )
    in_stock: bool | None = Field(default=None, description="Whether it can be bought now.")
    sort: Sort | None = Field(
        default=None, description="By relevance where there is a q, else the newest first."
    )
    ids: str | None = Field(
        default=None,
        pattern=rf"^{_UUID}(,{_UUID}){{0,{_MOST_IDS - 1}}}$",
        description=f"At most {_MOST_IDS}, with commas; those in the archive are listed as well.",
    )

    @property
    def order(self) -> Sort:
        """The one that was asked for; nothing is relevant to no words."""
        usual = Sort.relevance if self.q else Sort.newest
        if self.sort is None or (self.sort is Sort.relevance and not self.q):
            return usual
        return self.sort

    @property
    def wanted_ids(self) -> list[UUID]:
        return [UUID(one) for one in self.ids.split(",")] if self.ids else []

    @property
    def scope(self) -> str:
        """The list that a cursor of this query belongs to."""
        return self.model_dump_json(exclude={"cursor", "limit"})


class Place(BaseModel):
    """Where a page ends: how it was found, the last product, and its key in this order."""

    model_config = ConfigDict(frozen=True)

    match: Match
    id: UUID
    key: str

    @classmethod
    def parse(cls, text: str) -> Self:
        return cls(match=Match(text[:1]), id=UUID(text[1:37]), key=text[37:])

    def __str__(self) -> str:
        return f"{self.match}{self.id}{self.key}"


class Hit(BaseModel):
    """One product that was found, and its place."""

    model_config = ConfigDict(frozen=True)

    product: Product
    place: Place


class Found(Page[Product]):
    """One page of the catalogue; `suggestion` is what may have been meant by words not found."""

    suggestion: str | None
