"""The HTTP face of the order: read the request, call the use case, answer."""

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
from .models import Order, OrderChange, OrderInput

router = Router(
    prefix="/v1/orders",
    tags=["orders"],
    policy=PUBLIC,
    errors=[Unavailable, DeadlineExceeded],
)


@router.post(
    "",
    request_model=OrderInput,
    responses={201: Order},
    versioned=True,
)
async def create(request: Request, response: Response) -> Reply:
    """Make one."""
    said = await body(request, OrderInput)
    order = await service.create(Database.of(request), said)
    headers = {
        "location": f"/v1/orders/{order.id}",
        "etag": etag(order.version),
    }
    return answer(order, 201, headers=headers)


@router.get(
    "",
    query_model=PageQuery,
    responses={200: Page[Order]},
    errors=[InvalidCursor],
)
async def list_page(request: Request, response: Response) -> Reply:
    """List them, a page at a time, in the order of making."""
    return answer(await service.list_page(Database.of(request), query(request, PageQuery)))


@router.get("/{id:uuid}", responses={200: Order}, versioned=True)
async def get(request: Request, response: Response, id: UUID) -> Reply:
    """Read one."""
    order = await service.get(Database.of(request), id)
    return tagged(request, order, etag(order.version))


@router.patch(
    "/{id:uuid}",
    request_model=OrderChange,
    responses={200: Order},
    versioned=True,
)
async def change(request: Request, response: Response, id: UUID) -> Reply:
    """Change the version that If-Match names."""
    seen = IfMatch.of(request)
    said = await body(request, OrderChange)
    order = await service.change(Database.of(request), id, said, seen)
    return tagged(request, order, etag(order.version))


@router.delete("/{id:uuid}", responses={204: None}, versioned=True)
async def remove(request: Request, response: Response, id: UUID) -> Reply:
    """Remove one; with If-Match only that version."""
    await service.remove(Database.of(request), id, IfMatch.if_sent(request))
    return nothing()
