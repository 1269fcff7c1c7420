"""BlackSheep, as its documentation shows it."""

import items
from blacksheep import Application, Content, FromJSON, Response
from items import Item, ItemInput

app = Application()


def answer(status: int, item: Item) -> Response:
    return Response(status, content=Content(b"application/json", item.model_dump_json().encode()))


@app.router.get("/v1/items/{id}")
async def read(id: int) -> Response:
    return answer(200, items.find(id))


@app.router.post("/v1/items")
async def add(said: FromJSON[ItemInput]) -> Response:
    return answer(201, items.create(said.value))
