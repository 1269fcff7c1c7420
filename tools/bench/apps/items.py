"""What every application of the comparison does, whatever framework carries it."""

from typing import Annotated

from pydantic import BaseModel, Field


class ItemInput(BaseModel):
    name: Annotated[str, Field(min_length=1, max_length=100)]
    price: Annotated[int, Field(ge=0)]
    tags: list[str] = []


class Item(ItemInput):
    id: int


def find(id: int) -> Item:
    return Item(id=id, name="lamp", price=1999, tags=["light", "indoor"])


def create(said: ItemInput) -> Item:
    return Item(id=1, name=said.name, price=said.price, tags=said.tags)
