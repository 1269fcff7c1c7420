"""The HTTP face of the product: read the request, call the use case, answer."""

from __future__ import annotations

from uuid import UUID

from nexios.http import Request, Response

from ..chassis.database import Database
from ..chassis.errors import DeadlineExceeded, InvalidCursor, Unavailable
from ..chassis.etags import IfMatch, etag, tagged
from ..chassis.http import Reply, answer, body, nothing, query
from ..chassis.paging import Page, PageQuery
from ..chassis.policy import PUBLIC
from ..chassis.routing import Router
from . import service
from .models import Product, ProductChange, ProductInput

router = Router(
    prefix="/v1/products",
    tags=["products"],
    policy=PUBLIC,
    errors=[Unavailable, DeadlineExceeded],
)


@router.post(
    "",
    request_model=ProductInput,
    responses={201: Product},
    versioned=True,
)
async def create(request: Request, response: Response) -> Reply:
    """Make one."""
    said = await body(request, ProductInput)
    product = await service.create(Database.of(request), said)
    headers = {
        "location": f"/v1/products/{product.id}",
        "etag": etag(product.version),
    }
    return answer(product, 201, headers=headers)


@router.get(
    "",
    query_model=PageQuery,
    responses={200: Page[Product]},
    errors=[InvalidCursor],
)
async def list_page(request: Request, response: Response) -> Reply:
    """List them, a page at a time, in the order of making."""
    return answer(await service.list_page(Database.of(request), query(request, PageQuery)))


@router.get("/{id:uuid}", responses={200: Product}, versioned=True)
async def get(request: Request, response: Response, id: UUID) -> Reply:
    """Read one."""
    product = await service.get(Database.of(request), id)
    return tagged(request, product, etag(product.version))


@router.patch(
    "/{id:uuid}",
    request_model=ProductChange,
    responses={200: Product},
    versioned=True,
)
async def change(request: Request, response: Response, id: UUID) -> Reply:
    """Change the version that If-Match names."""
    seen = IfMatch.of(request)
    said = await body(request, ProductChange)
    product = await service.change(Database.of(request), id, said, seen)
    return tagged(request, product, etag(product.version))


@router.delete("/{id:uuid}", responses={204: None}, versioned=True)
async def remove(request: Request, response: Response, id: UUID) -> Reply:
    """Remove one; with If-Match only that version."""
    await service.remove(Database.of(request), id, IfMatch.if_sent(request))
    return nothing()
