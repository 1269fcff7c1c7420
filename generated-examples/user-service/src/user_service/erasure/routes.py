"""The HTTP face of erasure and export: read the request, call the use case, answer."""

from __future__ import annotations

from nexios.http import Request, Response

from ..account.models import LastAdmin
from ..calling import USER, caller, user_id
from ..chassis.auth import Revocations
from ..chassis.client import Client
from ..chassis.database import Database
from ..chassis.errors import BadGateway, DeadlineExceeded, NotFound, Unavailable
from ..chassis.http import Reply, answer, body
from ..chassis.routing import Router
from ..credential.hashing import Hasher
from ..credential.models import LoginThrottled, WrongPassword
from . import service
from .models import ErasureStarted, Export, Goodbye

router = Router(
    prefix="/v1/users/me",
    tags=["account"],
    policy=USER,
    errors=[Unavailable, DeadlineExceeded, NotFound],
)


@router.delete(
    "",
    request_model=Goodbye,
    responses={202: ErasureStarted},
    errors=[WrongPassword, LoginThrottled, LastAdmin],
)
async def erase(request: Request, response: Response) -> Reply:
    """Be forgotten: here at once, by every service until the date that is answered."""
    owner = user_id(request)
    said = await body(request, Goodbye)
    erasure = await service.erase(
        Database.of(request),
        Hasher.of(request),
        Revocations.of(request),
        caller(request),
        owner,
        said.password,
    )
    return answer(ErasureStarted(erase_by=erasure.erase_by), 202)


@router.get("/export", responses={200: Export}, errors=[BadGateway])
async def export(request: Request, response: Response) -> Reply:
    """Read all that any service keeps of oneself; nothing where one of them is away."""
    exported = await service.export(
        Database.of(request), Client.of(request), caller(request), user_id(request)
    )
    return answer(exported, headers={"cache-control": "no-store"})
