"""The HTTP face of the user: read the request, call the use case, answer."""

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
from .models import User, UserChange, UserInput

router = Router(
    prefix="/v1/users",
    tags=["users"],
    policy=PUBLIC,
    errors=[Unavailable, DeadlineExceeded],
)


@router.post(
    "",
    request_model=UserInput,
    responses={201: User},
    versioned=True,
)
async def create(request: Request, response: Response) -> Reply:
    """Make one."""
    said = await body(request, UserInput)
    user = await service.create(Database.of(request), said)
    headers = {
        "location": f"/v1/users/{user.id}",
        "etag": etag(user.version),
    }
    return answer(user, 201, headers=headers)


@router.get(
    "",
    query_model=PageQuery,
    responses={200: Page[User]},
    errors=[InvalidCursor],
)
async def list_page(request: Request, response: Response) -> Reply:
    """List them, a page at a time, in the order of making."""
    return answer(await service.list_page(Database.of(request), query(request, PageQuery)))


@router.get("/{id:uuid}", responses={200: User}, versioned=True)
async def get(request: Request, response: Response, id: UUID) -> Reply:
    """Read one."""
    user = await service.get(Database.of(request), id)
    return tagged(request, user, etag(user.version))


@router.patch(
    "/{id:uuid}",
    request_model=UserChange,
    responses={200: User},
    versioned=True,
)
async def change(request: Request, response: Response, id: UUID) -> Reply:
    """Change the version that If-Match names."""
    seen = IfMatch.of(request)
    said = await body(request, UserChange)
    user = await service.change(Database.of(request), id, said, seen)
    return tagged(request, user, etag(user.version))


@router.delete("/{id:uuid}", responses={204: None}, versioned=True)
async def remove(request: Request, response: Response, id: UUID) -> Reply:
    """Remove one; with If-Match only that version."""
    await service.remove(Database.of(request), id, IfMatch.if_sent(request))
    return nothing()
