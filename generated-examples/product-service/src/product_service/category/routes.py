"""The HTTP face of categories: read the request, call the use case, answer."""

from __future__ import annotations

from uuid import UUID

from nexios.http import Request, Response

from ..calling import ADMIN
from ..chassis.database import Database
from ..chassis.errors import DeadlineExceeded, InvalidCursor, Unavailable
from ..chassis.etags import IfMatch, etag, tagged
from ..chassis.http import Reply, answer, body, query
from ..chassis.paging import Page, PageQuery
from ..chassis.policy import PUBLIC
from ..chassis.routing import Router
from . import service
from .models import Category, CategoryChange, CategoryInput, SlugTaken

router = Router(
    prefix="/v1/categories",
    tags=["categories"],
    policy=PUBLIC,
    errors=[Unavailable, DeadlineExceeded],
)


@router.post(
    "",
    policy=ADMIN,
    request_model=CategoryInput,
    responses={201: Category},
    versioned=True,
    errors=[SlugTaken],
)
async def create(request: Request, response: Response) -> Reply:
    """Make one."""
    said = await body(request, CategoryInput)
    category = await service.create(Database.of(request), said)
    headers = {"location": f"/v1/categories/{category.id}", "etag": etag(category.version)}
    return answer(category, 201, headers=headers)


@router.get("", query_model=PageQuery, responses={200: Page[Category]}, errors=[InvalidCursor])
async def list_page(request: Request, response: Response) -> Reply:
    """List them, a page at a time, in the order of making."""
    return answer(await service.list_page(Database.of(request), query(request, PageQuery)))


@router.get("/{id:uuid}", responses={200: Category}, versioned=True)
async def get(request: Request, response: Response, id: UUID) -> Reply:
    """Read one."""
    category = await service.get(Database.of(request), id)
    return tagged(request, category, etag(category.version))


@router.patch(
    "/{id:uuid}",
    policy=ADMIN,
    request_model=CategoryChange,
    responses={200: Category},
    versioned="optional",
    errors=[SlugTaken],
)
async def change(request: Request, response: Response, id: UUID) -> Reply:
    """Change one; with If-Match only that version."""
    seen = IfMatch.if_sent(request)
    said = await body(request, CategoryChange)
    category = await service.change(Database.of(request), id, said, seen)
    return tagged(request, category, etag(category.version))
