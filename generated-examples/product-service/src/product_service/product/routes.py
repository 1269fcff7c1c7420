"""The HTTP face of the product: read the request, call the use case, answer."""

from __future__ import annotations

from uuid import UUID

from nexios.http import Request, Response

from ..calling import ADMIN
from ..chassis.cache import Cache
from ..chassis.database import Database
from ..chassis.errors import DeadlineExceeded, Gone, Unavailable
from ..chassis.etags import IfMatch, etag, tagged
from ..chassis.http import Reply, answer, body, nothing
from ..chassis.policy import PUBLIC
from ..chassis.routing import Router
from . import service
from .models import Product, ProductChange, ProductInput, SkuTaken

router = Router(
    prefix="/v1/products", tags=["products"], policy=ADMIN, errors=[Unavailable, DeadlineExceeded]
)


@router.post(
    "",
    request_model=ProductInput,
    responses={201: Product},
    versioned=True,
    errors=[SkuTaken],
)
async def create(request: Request, response: Response) -> Reply:
    """Make one; its stock is empty."""
    said = await body(request, ProductInput)
    product = await service.create(Database.of(request), said)
    headers = {"location": f"/v1/products/{product.id}", "etag": etag(product.version)}
    return answer(product, 201, headers=headers)


@router.get("/{id:uuid}", policy=PUBLIC, responses={200: Product}, versioned=True, errors=[Gone])
async def get(request: Request, response: Response, id: UUID) -> Reply:
    """Read one."""
    product = await service.get(Database.of(request), Cache.of(request), id)
    return tagged(request, product, etag(product.version))


@router.patch(
    "/{id:uuid}",
    request_model=ProductChange,
    responses={200: Product},
    versioned=True,
    errors=[Gone, SkuTaken],
)
async def change(request: Request, response: Response, id: UUID) -> Reply:
    """Change the version that If-Match names."""
    seen = IfMatch.of(request)
    said = await body(request, ProductChange)
    product = await service.change(Database.of(request), Cache.of(request), id, said, seen)
    return tagged(request, product, etag(product.version))


@router.delete("/{id:uuid}", responses={204: None}, versioned=True)
async def archive(request: Request, response: Response, id: UUID) -> Reply:
    """Put one into the archive for good; with If-Match only that version."""
    seen = IfMatch.if_sent(request)
    await service.archive(Database.of(request), Cache.of(request), id, seen)
    return nothing()
