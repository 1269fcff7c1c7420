"""The HTTP face of the cart: read the request, call the use case, answer."""

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
from .models import Cart, CartChange, CartInput

router = Router(
    prefix="/v1/carts",
    tags=["carts"],
    policy=PUBLIC,
    errors=[Unavailable, DeadlineExceeded],
)


@router.post(
    "",
    request_model=CartInput,
    responses={201: Cart},
    versioned=True,
)
async def create(request: Request, response: Response) -> Reply:
    """Make one."""
    said = await body(request, CartInput)
    cart = await service.create(Database.of(request), said)
    headers = {
        "location": f"/v1/carts/{cart.id}",
        "etag": etag(cart.version),
    }
    return answer(cart, 201, headers=headers)


@router.get(
    "",
    query_model=PageQuery,
    responses={200: Page[Cart]},
    errors=[InvalidCursor],
)
async def list_page(request: Request, response: Response) -> Reply:
    """List them, a page at a time, in the order of making."""
    return answer(await service.list_page(Database.of(request), query(request, PageQuery)))


@router.get("/{id:uuid}", responses={200: Cart}, versioned=True)
async def get(request: Request, response: Response, id: UUID) -> Reply:
    """Read one."""
    cart = await service.get(Database.of(request), id)
    return tagged(request, cart, etag(cart.version))


@router.patch(
    "/{id:uuid}",
    request_model=CartChange,
    responses={200: Cart},
    versioned=True,
)
async def change(request: Request, response: Response, id: UUID) -> Reply:
    """Change the version that If-Match names."""
    seen = IfMatch.of(request)
    said = await body(request, CartChange)
    cart = await service.change(Database.of(request), id, said, seen)
    return tagged(request, cart, etag(cart.version))


@router.delete("/{id:uuid}", responses={204: None}, versioned=True)
async def remove(request: Request, response: Response, id: UUID) -> Reply:
    """Remove one; with If-Match only that version."""
    await service.remove(Database.of(request), id, IfMatch.if_sent(request))
    return nothing()
