"""The HTTP face of one's own addresses: read the request, call the use case, answer."""

from __future__ import annotations

from uuid import UUID

from nexios.http import Request, Response

from ..calling import USER, user_id
from ..chassis.database import Database
from ..chassis.errors import DeadlineExceeded, InvalidCursor, NotFound, Unavailable
from ..chassis.http import Reply, answer, body, nothing, query
from ..chassis.paging import Page, PageQuery
from ..chassis.policy import roles
from ..chassis.routing import Router
from . import service
from .models import Address, AddressInput

router = Router(
    prefix="/v1/users/me/addresses",
    tags=["addresses"],
    policy=USER,
    errors=[Unavailable, DeadlineExceeded, NotFound],
)

of_users = Router(
    prefix="/v1/users",
    tags=["addresses"],
    policy=roles("service"),
    errors=[Unavailable, DeadlineExceeded, NotFound],
)


@router.get("", query_model=PageQuery, responses={200: Page[Address]}, errors=[InvalidCursor])
async def list_page(request: Request, response: Response) -> Reply:
    """List one's own addresses, a page at a time."""
    page = query(request, PageQuery)
    return answer(await service.list_page(Database.of(request), user_id(request), page))


@router.post("", request_model=AddressInput, responses={201: Address})
async def create(request: Request, response: Response) -> Reply:
    """Add an address."""
    owner = user_id(request)
    said = await body(request, AddressInput)
    address = await service.create(Database.of(request), owner, said)
    return answer(address, 201, headers={"location": f"/v1/users/me/addresses/{address.id}"})


@router.get("/{id:uuid}", responses={200: Address})
async def get(request: Request, response: Response, id: UUID) -> Reply:
    """Read one address."""
    return answer(await service.get(Database.of(request), user_id(request), id))


@router.put("/{id:uuid}", request_model=AddressInput, responses={200: Address})
async def replace(request: Request, response: Response, id: UUID) -> Reply:
    """Replace one address."""
    owner = user_id(request)
    said = await body(request, AddressInput)
    return answer(await service.replace(Database.of(request), owner, id, said))


@router.delete("/{id:uuid}", responses={204: None})
async def remove(request: Request, response: Response, id: UUID) -> Reply:
    """Remove one address."""
    await service.remove(Database.of(request), user_id(request), id)
    return nothing()


@of_users.get("/{user_id:uuid}/addresses/{id:uuid}", responses={200: Address})
async def get_of_user(request: Request, response: Response, user_id: UUID, id: UUID) -> Reply:
    """Read an address of a user, for a service that is going to send something there."""
    return answer(await service.get(Database.of(request), user_id, id))
