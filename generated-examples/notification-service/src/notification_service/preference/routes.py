"""The HTTP face of preferences: read the request, call the use case, answer."""

from __future__ import annotations

from nexios.http import Request, Response

from ..calling import USER, user_id
from ..chassis.database import Database
from ..chassis.errors import DeadlineExceeded, NotFound, Unavailable
from ..chassis.http import Reply, answer, body, query
from ..chassis.policy import PUBLIC
from ..chassis.routing import Router
from . import service
from .links import Links
from .models import (
    LinkGone,
    Preferences,
    Subscription,
    TransactionalNotOptional,
    UnsubscribeQuery,
)

router = Router(prefix="/v1", tags=["preferences"], errors=[Unavailable, DeadlineExceeded])


@router.get("/preferences", policy=USER, responses={200: Preferences}, errors=[NotFound])
async def get(request: Request, response: Response) -> Reply:
    """Read what one wants to hear of."""
    return answer(await service.get(Database.of(request), user_id(request)))


@router.put(
    "/preferences",
    policy=USER,
    request_model=Preferences,
    responses={200: Preferences},
    errors=[NotFound, TransactionalNotOptional],
)
async def replace(request: Request, response: Response) -> Reply:
    """Want just this from now on; what is left out is wanted."""
    owner = user_id(request)
    said = await body(request, Preferences)
    return answer(await service.replace(Database.of(request), owner, said))


@router.get(
    "/unsubscribe",
    policy=PUBLIC,
    query_model=UnsubscribeQuery,
    responses={200: Subscription},
    errors=[LinkGone],
)
async def show(request: Request, response: Response) -> Reply:
    """Show what the link in a mail would end; it ends nothing, as machines open links too."""
    owner, category = Links.of(request).read(query(request, UnsubscribeQuery).token)
    return answer(await service.subscription(Database.of(request), owner, category))


@router.post(
    "/unsubscribe",
    policy=PUBLIC,
    query_model=UnsubscribeQuery,
    responses={200: Subscription},
    errors=[LinkGone],
)
async def unsubscribe(request: Request, response: Response) -> Reply:
    """End these mails with one click, as mail programs send it (RFC 8058); no body is needed."""
    owner, category = Links.of(request).read(query(request, UnsubscribeQuery).token)
    return answer(await service.unsubscribe(Database.of(request), owner, category))
