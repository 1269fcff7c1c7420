"""The HTTP face of the product: read the request, call the use case, answer."""

from __future__ import annotations

from uuid import UUID

from nexios.http import Request, Response

from ..chassis.database import Database
from ..chassis.http import Reply, answer, body, nothing, query
from ..chassis.paging import Page, PageQuery
from ..chassis.routing import Router
from . import service
from .models import Product, ProductChange, ProductInput

router = Router(prefix="/v1/products", tags=["products"])


@router.post("", request_model=ProductInput, responses={201: Product})
async def create(request: Request, response: Response) -> Reply:
    said = await body(request, ProductInput)
    product = await service.create(Database.of(request), said)
    headers = {"location": f"/v1/products/{product.id}"}
    return answer(product, 201, headers=headers)


@router.get("", responses={200: Page[Product]})
async def list_page(request: Request, response: Response) -> Reply:
    return answer(await service.list_page(Database.of(request), query(request, PageQuery)))


@router.get("/{id:uuid}", responses={200: Product})
async def get(request: Request, response: Response, id: UUID) -> Reply:
    return answer(await service.get(Database.of(request), id))


@router.patch("/{id:uuid}", request_model=ProductChange, responses={200: Product})
async def change(request: Request, response: Response, id: UUID) -> Reply:
    said = await body(request, ProductChange)
    return answer(await service.change(Database.of(request), id, said))


@router.delete("/{id:uuid}")
async def remove(request: Request, response: Response, id: UUID) -> Reply:
    await service.remove(Database.of(request), id)
    return nothing()
