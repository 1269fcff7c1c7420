"""Litestar, as its documentation shows it."""

import items
from items import Item, ItemInput
from litestar import Litestar, get, post


@get("/v1/items/{id:int}")
async def read(id: int) -> Item:
    return items.find(id)


@post("/v1/items")
async def add(data: ItemInput) -> Item:
    return items.create(data)


app = Litestar([read, add])
