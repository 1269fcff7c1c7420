"""The HTTP face of quotes: read the request, call the use case, answer."""

from __future__ import annotations

from uuid import UUID

from nexios.http import Request, Response

from ..calling import is_service, owner, settings
from ..chassis.client import Client
from ..chassis.database import Database
from ..chassis.errors import DeadlineExceeded, NotFound, Unavailable
from ..chassis.http import Reply, answer
from ..chassis.policy import OPTIONAL
from ..chassis.routing import Router
from ..settings import ShippingSettings
from . import service
from .models import CartEmpty, Quote

router = Router(
    prefix="/v1/carts",
    tags=["quotes"],
    policy=OPTIONAL,
    errors=[Unavailable, DeadlineExceeded, NotFound],
)


@router.get("/{id:uuid}/quote", responses={200: Quote}, errors=[CartEmpty])
async def quote(request: Request, response: Response, id: UUID) -> Reply:
    """Read what the cart costs now: its owner may, and every service."""
    quoted = await service.quote(
        Database.of(request),
        Client.of(request),
        None if is_service(request) else owner(request),
        id,
        settings(request, ShippingSettings).by_currency,
    )
    return answer(quoted, headers={"cache-control": "no-store"})
