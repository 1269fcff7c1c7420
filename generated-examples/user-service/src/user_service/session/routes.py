"""The HTTP face of signing in: read the request, call the use case, answer."""

from __future__ import annotations

from uuid import UUID

from nexios.http import Request, Response

from ..calling import USER, caller, user_id
from ..chassis.auth import Revocations
from ..chassis.database import Database
from ..chassis.errors import DeadlineExceeded, InvalidCursor, NotFound, Unavailable
from ..chassis.http import Reply, answer, body, nothing, query
from ..chassis.paging import Page, PageQuery
from ..chassis.policy import PUBLIC
from ..chassis.routing import Router
from ..credential.hashing import Hasher
from ..credential.models import InvalidCredentials, LoginThrottled
from ..token_key.keys import TokenKeys
from . import ending, service
from .models import (
    EmailNotVerified,
    Login,
    Pair,
    Refresh,
    RefreshInvalid,
    RefreshReused,
    RefreshSuperseded,
    SessionView,
)

router = Router(prefix="/v1/auth", tags=["sessions"], errors=[Unavailable, DeadlineExceeded])

# A pair of tokens is for nobody's cache (RFC 6749, section 5.1).
_SECRET = {"cache-control": "no-store"}


@router.post(
    "/login",
    policy=PUBLIC,
    limit="auth",
    request_model=Login,
    responses={200: Pair},
    errors=[InvalidCredentials, EmailNotVerified, LoginThrottled],
)
async def login(request: Request, response: Response) -> Reply:
    """Sign in: a token for five minutes, and one to get the next pair with."""
    said = await body(request, Login)
    pair = await service.login(
        Database.of(request), Hasher.of(request), TokenKeys.of(request), caller(request), said
    )
    return answer(pair, headers=_SECRET)


@router.post(
    "/refresh",
    policy=PUBLIC,
    request_model=Refresh,
    responses={200: Pair},
    errors=[RefreshInvalid, RefreshReused, RefreshSuperseded],
)
async def refresh(request: Request, response: Response) -> Reply:
    """Trade a refresh token for the next pair; it is good once."""
    said = await body(request, Refresh)
    pair = await service.refresh(
        Database.of(request),
        TokenKeys.of(request),
        Revocations.of(request),
        caller(request),
        said.refresh_token,
    )
    return answer(pair, headers=_SECRET)


@router.post("/logout", policy=USER, responses={204: None}, errors=[NotFound])
async def logout(request: Request, response: Response) -> Reply:
    """End the session of the token that is sent."""
    owner = user_id(request)
    await ending.logout(Database.of(request), Revocations.of(request), caller(request), owner)
    return nothing()


@router.post("/logout-all", policy=USER, responses={204: None}, errors=[NotFound])
async def logout_all(request: Request, response: Response) -> Reply:
    """End all sessions of the user."""
    owner = user_id(request)
    await ending.logout_all(Database.of(request), Revocations.of(request), caller(request), owner)
    return nothing()


@router.get(
    "/sessions",
    policy=USER,
    query_model=PageQuery,
    responses={200: Page[SessionView]},
    errors=[InvalidCursor, NotFound],
)
async def list_page(request: Request, response: Response) -> Reply:
    """List where the user is signed in."""
    page = query(request, PageQuery)
    owner = user_id(request)
    return answer(await service.list_page(Database.of(request), caller(request), owner, page))


@router.delete("/sessions/{id:uuid}", policy=USER, responses={204: None})
async def end(request: Request, response: Response, id: UUID) -> Reply:
    """End one session of the user."""
    owner = user_id(request)
    await ending.end(Database.of(request), Revocations.of(request), caller(request), owner, id)
    return nothing()
