"""The HTTP face of administration: read the request, call the use case, answer."""

from __future__ import annotations

from uuid import UUID

from nexios.http import Request, Response

from ..account.models import LastAdmin
from ..calling import caller
from ..chassis.auth import Revocations
from ..chassis.database import Database
from ..chassis.errors import DeadlineExceeded, InvalidCursor, Unavailable
from ..chassis.http import Reply, answer, body, nothing, query
from ..chassis.paging import Page, PageQuery
from ..chassis.policy import roles
from ..chassis.routing import Router
from . import service
from .models import AccountView, RolesInput

router = Router(
    prefix="/v1/users",
    tags=["administration"],
    policy=roles("admin"),
    errors=[Unavailable, DeadlineExceeded],
)


@router.get("", query_model=PageQuery, responses={200: Page[AccountView]}, errors=[InvalidCursor])
async def list_page(request: Request, response: Response) -> Reply:
    """List all accounts, a page at a time, in the order of registration."""
    return answer(await service.list_page(Database.of(request), query(request, PageQuery)))


@router.get("/{id:uuid}", responses={200: AccountView})
async def get(request: Request, response: Response, id: UUID) -> Reply:
    """Read one account."""
    return answer(AccountView.of(await service.get(Database.of(request), id)))


@router.put(
    "/{id:uuid}/roles",
    request_model=RolesInput,
    responses={200: AccountView},
    errors=[LastAdmin],
)
async def set_roles(request: Request, response: Response, id: UUID) -> Reply:
    """Give an account exactly these roles."""
    said = await body(request, RolesInput)
    account = await service.set_roles(
        Database.of(request),
        Revocations.of(request),
        caller(request),
        id,
        frozenset(said.roles),
    )
    return answer(AccountView.of(account))


@router.post("/{id:uuid}/disable", responses={204: None}, errors=[LastAdmin])
async def disable(request: Request, response: Response, id: UUID) -> Reply:
    """Let nobody sign in to this account any more."""
    await service.disable(Database.of(request), Revocations.of(request), caller(request), id)
    return nothing()
