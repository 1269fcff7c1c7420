"""The HTTP face of passwords: read the request, call the use case, answer."""

from __future__ import annotations

from nexios.http import Request, Response

from ..calling import USER, caller, user_id
from ..chassis.auth import Revocations
from ..chassis.database import Database
from ..chassis.errors import DeadlineExceeded, NotFound, Unavailable
from ..chassis.http import Reply, answer, body, nothing
from ..chassis.policy import PUBLIC
from ..chassis.routing import Router
from ..credential.hashing import Hasher
from ..credential.models import LoginThrottled, WrongPassword
from ..link.models import LinkSpent
from . import service
from .models import Change, Forgotten, Reset, Sent

router = Router(tags=["passwords"], errors=[Unavailable, DeadlineExceeded])


@router.post(
    "/v1/auth/password/forgot",
    policy=PUBLIC,
    limit="auth",
    request_model=Forgotten,
    responses={202: Sent},
)
async def forget(request: Request, response: Response) -> Reply:
    """Ask for a mail with a link to set a new password; the answer is the same for all."""
    said = await body(request, Forgotten)
    await service.forget(Database.of(request), Hasher.of(request), said.email)
    return answer(Sent(), 202)


@router.post(
    "/v1/auth/password/reset",
    policy=PUBLIC,
    limit="auth",
    request_model=Reset,
    responses={204: None},
    errors=[LinkSpent],
)
async def reset(request: Request, response: Response) -> Reply:
    """Open the link of the mail with a new password; all sessions of the user end."""
    said = await body(request, Reset)
    await service.reset(
        Database.of(request),
        Hasher.of(request),
        Revocations.of(request),
        caller(request),
        said.token,
        said.new_password,
    )
    return nothing()


@router.put(
    "/v1/users/me/password",
    policy=USER,
    request_model=Change,
    responses={204: None},
    errors=[WrongPassword, LoginThrottled, NotFound],
)
async def change(request: Request, response: Response) -> Reply:
    """Change one's own password; all other sessions of the user end."""
    owner = user_id(request)
    said = await body(request, Change)
    await service.change(
        Database.of(request),
        Hasher.of(request),
        Revocations.of(request),
        caller(request),
        owner,
        current=said.current_password,
        new=said.new_password,
    )
    return nothing()
