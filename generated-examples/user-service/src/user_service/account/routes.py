"""The HTTP face of one's own account: read the request, call the use case, answer."""

from __future__ import annotations

from typing import Literal

from nexios.http import Request, Response
from pydantic import BaseModel, ConfigDict

from ..calling import USER, caller, user_id
from ..chassis.database import Database
from ..chassis.errors import DeadlineExceeded, NotFound, Unavailable
from ..chassis.etags import IfMatch, etag, tagged
from ..chassis.http import Reply, answer, body, nothing
from ..chassis.policy import PUBLIC
from ..chassis.routing import Router
from ..credential.hashing import Hasher
from ..link.models import LinkSpent, Token
from . import service
from .models import Profile, ProfileChange, Registration

router = Router(prefix="/v1/users", tags=["account"], errors=[Unavailable, DeadlineExceeded])


class Registered(BaseModel):
    """The answer to every registration."""

    status: Literal["verification-sent"] = "verification-sent"


class EmailVerification(BaseModel):
    """What the link in the mail holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    token: Token


@router.post(
    "",
    policy=PUBLIC,
    limit="auth",
    request_model=Registration,
    responses={202: Registered},
)
async def register(request: Request, response: Response) -> Reply:
    """Ask for an account; a mail says how to go on, whether or not there is one already."""
    said = await body(request, Registration)
    await service.register(Database.of(request), Hasher.of(request), caller(request), said)
    return answer(Registered(), 202)


@router.post(
    "/verify-email",
    policy=PUBLIC,
    limit="auth",
    request_model=EmailVerification,
    responses={204: None},
    errors=[LinkSpent],
)
async def verify_email(request: Request, response: Response) -> Reply:
    """Open the link of the mail: the account can be used from now on."""
    said = await body(request, EmailVerification)
    await service.verify_email(Database.of(request), caller(request), said.token)
    return nothing()


@router.get("/me", policy=USER, responses={200: Profile}, versioned=True, errors=[NotFound])
async def me(request: Request, response: Response) -> Reply:
    """Read one's own profile."""
    account = await service.get(Database.of(request), user_id(request))
    return tagged(request, Profile.of(account), etag(account.version))


@router.patch(
    "/me",
    policy=USER,
    request_model=ProfileChange,
    responses={200: Profile},
    versioned=True,
    errors=[NotFound],
)
async def change(request: Request, response: Response) -> Reply:
    """Change the version of one's own profile that If-Match names."""
    seen = IfMatch.of(request)
    owner = user_id(request)
    said = await body(request, ProfileChange)
    account = await service.change_profile(Database.of(request), caller(request), owner, said, seen)
    return tagged(request, Profile.of(account), etag(account.version))
