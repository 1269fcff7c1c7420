"""The HTTP face of the user: read the request, call the use case, answer."""

from __future__ import annotations

from uuid import UUID

from nexios.http import Request, Response

from ..chassis.database import Database
from ..chassis.http import Reply, answer, body, nothing, query
from ..chassis.paging import Page, PageQuery
from ..chassis.routing import Router
from . import service
from .models import User, UserChange, UserInput

router = Router(prefix="/v1/users", tags=["users"])


@router.post("", request_model=UserInput, responses={201: User})
async def create(request: Request, response: Response) -> Reply:
    said = await body(request, UserInput)
    user = await service.create(Database.of(request), said)
    headers = {"location": f"/v1/users/{user.id}"}
    return answer(user, 201, headers=headers)


@router.get("", responses={200: Page[User]})
async def list_page(request: Request, response: Response) -> Reply:
    return answer(await service.list_page(Database.of(request), query(request, PageQuery)))


@router.get("/{id:uuid}", responses={200: User})
async def get(request: Request, response: Response, id: UUID) -> Reply:
    return answer(await service.get(Database.of(request), id))


@router.patch("/{id:uuid}", request_model=UserChange, responses={200: User})
async def change(request: Request, response: Response, id: UUID) -> Reply:
    said = await body(request, UserChange)
    return answer(await service.change(Database.of(request), id, said))


@router.delete("/{id:uuid}")
async def remove(request: Request, response: Response, id: UUID) -> Reply:
    await service.remove(Database.of(request), id)
    return nothing()
