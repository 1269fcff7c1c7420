"""The HTTP face of the stock: read the request, call the use case, answer."""

from __future__ import annotations

from uuid import UUID

from nexios.http import Request, Response

from ..calling import WAREHOUSE, actor, is_staff
from ..chassis.database import Database
from ..chassis.errors import DeadlineExceeded, InvalidCursor, Unavailable
from ..chassis.http import Reply, answer, body, query
from ..chassis.idempotency import Once
from ..chassis.paging import Page, PageQuery
from ..chassis.policy import OPTIONAL
from ..chassis.routing import Router
from . import service
from .models import Adjustment, Availability, Movement, StaffAvailability, WouldGoNegative

router = Router(
    prefix="/v1", tags=["stock"], policy=WAREHOUSE, errors=[Unavailable, DeadlineExceeded]
)


@router.get(
    "/products/{id:uuid}/availability",
    policy=OPTIONAL,
    responses={200: StaffAvailability | Availability},
)
async def availability(request: Request, response: Response, id: UUID) -> Reply:
    """Read how many can be bought now; the shop's staff sees what is on hand and reserved."""
    staff = is_staff(request)
    return answer(await service.availability(Database.of(request), id, staff=staff))


@router.get(
    "/products/{id:uuid}/stock-movements",
    query_model=PageQuery,
    responses={200: Page[Movement]},
    errors=[InvalidCursor],
)
async def list_movements(request: Request, response: Response, id: UUID) -> Reply:
    """Read why there is as much of a product as there is, the newest movement first."""
    page = query(request, PageQuery)
    return answer(await service.list_movements(Database.of(request), id, page))


@router.post(
    "/inventory/adjustments",
    request_model=Adjustment,
    responses={201: Movement},
    idempotency="optional",
    errors=[WouldGoNegative],
)
async def adjust(request: Request, response: Response) -> Reply:
    """Put more on the shelf, or take some away that are not reserved."""
    said = await body(request, Adjustment)
    once = await Once.of(request, _adjusted)
    movement = await service.adjust(Database.of(request), once, actor(request), said)
    return _adjusted(movement)


def _adjusted(movement: Movement) -> Reply:
    return answer(movement, 201)
