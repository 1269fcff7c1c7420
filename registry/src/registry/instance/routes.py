"""The HTTP face of the registry: read the request, call the use case, answer."""

from __future__ import annotations

from nexios.http import Request, Response

from ..chassis.errors import Unavailable
from ..chassis.http import Reply, answer, body, query
from ..chassis.policy import AUTHENTICATED, Principal
from ..chassis.routing import Router
from . import service
from .address import origin
from .answers import Left, Renewed, Suspected
from .desk import Desk
from .errors import (
    ForeignName,
    NoHealthyInstance,
    QuotaExceeded,
    RefusedUrl,
    UnknownInstance,
    UnknownService,
    WrongSecret,
)
from .models import Known
from .registration import Farewell, PickQuery, Registration, Renewal
from .service import Lease
from .tokens import require_name

router = Router(tags=["registry"], policy=AUTHENTICATED, errors=[Unavailable])


@router.post(
    "/register",
    request_model=Registration,
    responses={200: Lease, 201: Lease},
    errors=[RefusedUrl, ForeignName, QuotaExceeded],
)
async def register(request: Request, response: Response) -> Reply:
    """Introduce an instance: 201 with a lease, or 200 with a new one for a known place."""
    said = await body(request, Registration)
    require_name(Principal.of(request), said.name)
    desk = Desk.of(request)
    where = await desk.locate(said.url)
    lease, new = await service.register(desk.repository, said, where, desk.quotas, desk.ttl)
    if new:
        return answer(lease, 201, headers={"location": f"/leases/{lease.instance_id}"})
    return answer(lease)


@router.put(
    "/leases/{instance_id}",
    request_model=Renewal,
    responses={200: Renewed},
    errors=[UnknownInstance, WrongSecret],
    quiet=True,
)
async def renew(request: Request, response: Response, instance_id: str) -> Reply:
    """Renew a lease; 404 means: register again."""
    said = await body(request, Renewal)
    desk = Desk.of(request)
    renewed = await service.renew(desk.repository, instance_id, said.lease_secret)
    return answer(Renewed(desk.view.revision, renewed.ttl))


@router.post(
    "/unregister",
    request_model=Farewell,
    responses={200: Left},
    errors=[RefusedUrl, UnknownInstance, WrongSecret],
)
async def unregister(request: Request, response: Response) -> Reply:
    """Say goodbye: the lease is dead for good."""
    said = await body(request, Farewell)
    url = origin(said.url) if said.url is not None else None
    left, revision = await service.unregister(Desk.of(request).repository, said, url)
    return answer(Left(left, revision))


@router.post(
    "/instances/{instance_id}/suspect", responses={200: Suspected}, errors=[UnknownInstance]
)
async def suspect(request: Request, response: Response, instance_id: str) -> Reply:
    """Report that it could not be reached.

    It gets traffic only where no other is healthy until a check, made at once, says who is right.
    """
    desk = Desk.of(request)
    doubted = await service.suspect(desk.repository, instance_id)
    return answer(Suspected(instance_id, doubted.state, desk.view.revision))


@router.get(
    "/services/{name}",
    query_model=PickQuery,
    responses={200: Known},
    errors=[UnknownService, NoHealthyInstance],
    quiet=True,
)
async def pick(request: Request, response: Response, name: str) -> Reply:
    """One healthy instance of the service, in turn."""
    said = query(request, PickQuery)
    desk = Desk.of(request)
    picked = desk.rotation.pick(name, said.zone)
    return answer(picked.known(desk.view.last_check(picked.id)))
