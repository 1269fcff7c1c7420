"""Starlette, with pydantic called by hand."""

from items import ItemInput, create, find
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


async def read(request: Request) -> Response:
    item = find(request.path_params["id"])
    return Response(item.model_dump_json(), media_type="application/json")


async def add(request: Request) -> Response:
    item = create(ItemInput.model_validate_json(await request.body()))
    return Response(item.model_dump_json(), 201, media_type="application/json")


app = Starlette(
    routes=[Route("/v1/items/{id:int}", read), Route("/v1/items", add, methods=["POST"])]
)
