"""The HTTP face of service clients."""

from __future__ import annotations

from nexios.http import Request, Response

from ..chassis.database import Database
from ..chassis.errors import DeadlineExceeded, Unavailable
from ..chassis.http import Reply, answer, body
from ..chassis.policy import PUBLIC
from ..chassis.routing import Router
from ..token_key.keys import TokenKeys
from . import service
from .configured import Configured
from .models import Credentials, Granted, InvalidClient, Wanted

router = Router(
    prefix="/v1/auth",
    tags=["services"],
    policy=PUBLIC,
    errors=[Unavailable, DeadlineExceeded],
)


@router.post(
    "/service-token",
    request_model=Wanted,
    responses={200: Granted},
    errors=[InvalidClient],
)
async def grant(request: Request, response: Response) -> Reply:
    """Give a service a token for its calls to another one; `Authorization: Basic` says who asks."""
    wanted = await body(request, Wanted)
    shown = Credentials.read(request.headers.get("authorization"))
    granted = await service.grant(
        Database.of(request),
        Configured.of(request),
        TokenKeys.of(request),
        shown,
        wanted.audience,
    )
    return answer(granted, headers={"cache-control": "no-store"})
