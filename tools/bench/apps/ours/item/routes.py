"""The HTTP face of the items; models.py is the items.py of all."""

from __future__ import annotations

from nexios.http import Request, Response

from ..chassis.http import Reply, answer, body
from ..chassis.policy import PUBLIC
from ..chassis.routing import Router
from . import models
from .models import Item, ItemInput

router = Router(prefix="/v1/items", policy=PUBLIC)


@router.get("/{id:int}", responses={200: Item})
async def read(request: Request, response: Response, id: int) -> Reply:
    return answer(models.find(id))


@router.post("", request_model=ItemInput, responses={201: Item})
async def add(request: Request, response: Response) -> Reply:
    return answer(models.create(await body(request, ItemInput)), 201)
