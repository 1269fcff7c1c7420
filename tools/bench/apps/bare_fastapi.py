"""FastAPI, as its documentation shows it."""

import items
from fastapi import FastAPI
from items import Item, ItemInput

app = FastAPI()


@app.get("/v1/items/{id}")
async def read(id: int) -> Item:
    return items.find(id)


@app.post("/v1/items", status_code=201)
async def add(said: ItemInput) -> Item:
    return items.create(said)
