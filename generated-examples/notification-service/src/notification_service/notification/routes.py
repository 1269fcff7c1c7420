"""The HTTP face of notifications: read the request, call the use case, answer."""

from __future__ import annotations

from uuid import UUID

from nexios.http import Request, Response

from ..calling import USER, user_id
from ..chassis.database import Database
from ..chassis.errors import DeadlineExceeded, InvalidCursor, NotFound, Unavailable
from ..chassis.http import Reply, answer, nothing, query
from ..chassis.paging import Page
from ..chassis.routing import Router
from . import service
from .models import Notification, NotificationQuery

router = Router(
    prefix="/v1/notifications",
    tags=["notifications"],
    policy=USER,
    errors=[Unavailable, DeadlineExceeded, NotFound],
)


@router.get(
    "",
    query_model=NotificationQuery,
    responses={200: Page[Notification]},
    errors=[InvalidCursor],
)
async def list_page(request: Request, response: Response) -> Reply:
    """List one's own news, the newest first."""
    owner = user_id(request)
    said = query(request, NotificationQuery)
    return answer(await service.list_page(Database.of(request), owner, said))


@router.post("/{id:uuid}/read", responses={204: None})
async def read(request: Request, response: Response, id: UUID) -> Reply:
    """Say that one has read it."""
    await service.read(Database.of(request), user_id(request), id)
    return nothing()
