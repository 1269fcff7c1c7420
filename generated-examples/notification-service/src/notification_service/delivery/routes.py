"""The HTTP face of deliveries: read the request, call the use case, answer."""

from __future__ import annotations

from uuid import UUID

from nexios.http import Request, Response

from ..chassis.database import Database
from ..chassis.errors import DeadlineExceeded, InvalidCursor, NotFound, Unavailable
from ..chassis.http import Reply, answer, query
from ..chassis.paging import Page
from ..chassis.policy import roles
from ..chassis.routing import Router
from . import service
from .models import NotRetriable
from .views import DeliveryQuery, DeliveryView

router = Router(
    prefix="/v1/deliveries",
    tags=["deliveries"],
    policy=roles("support"),
    errors=[Unavailable, DeadlineExceeded],
)


@router.get(
    "",
    query_model=DeliveryQuery,
    responses={200: Page[DeliveryView]},
    errors=[InvalidCursor],
)
async def list_page(request: Request, response: Response) -> Reply:
    """List mails and what became of them, the newest first."""
    return answer(await service.list_page(Database.of(request), query(request, DeliveryQuery)))


@router.post("/{id:uuid}/retry", responses={202: DeliveryView}, errors=[NotFound, NotRetriable])
async def retry(request: Request, response: Response, id: UUID) -> Reply:
    """Send a failed mail again, even to an address that was refused before."""
    return answer(await service.retry(Database.of(request), id), 202)
