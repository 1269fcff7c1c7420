"""The HTTP face of the notification: read the request, call the use case, answer."""

from __future__ import annotations

from uuid import UUID

from nexios.http import Request, Response

from ..chassis.database import Database
from ..chassis.http import Reply, answer, body, nothing, query
from ..chassis.paging import Page, PageQuery
from ..chassis.routing import Router
from . import service
from .models import Notification, NotificationChange, NotificationInput

router = Router(prefix="/v1/notifications", tags=["notifications"])


@router.post("", request_model=NotificationInput, responses={201: Notification})
async def create(request: Request, response: Response) -> Reply:
    said = await body(request, NotificationInput)
    notification = await service.create(Database.of(request), said)
    headers = {"location": f"/v1/notifications/{notification.id}"}
    return answer(notification, 201, headers=headers)


@router.get("", responses={200: Page[Notification]})
async def list_page(request: Request, response: Response) -> Reply:
    return answer(await service.list_page(Database.of(request), query(request, PageQuery)))


@router.get("/{id:uuid}", responses={200: Notification})
async def get(request: Request, response: Response, id: UUID) -> Reply:
    return answer(await service.get(Database.of(request), id))


@router.patch("/{id:uuid}", request_model=NotificationChange, responses={200: Notification})
async def change(request: Request, response: Response, id: UUID) -> Reply:
    said = await body(request, NotificationChange)
    return answer(await service.change(Database.of(request), id, said))


@router.delete("/{id:uuid}")
async def remove(request: Request, response: Response, id: UUID) -> Reply:
    await service.remove(Database.of(request), id)
    return nothing()
