"""The HTTP face of the registry: read the request, call the use case, answer."""

from __future__ import annotations

from nexios.http import Request, Response

from ..chassis.http import Reply, answer, body
from ..chassis.policy import PUBLIC
from ..chassis.routing import Router
from . import service
from .answers import Left, Listing, Renewed
from .checker import Checker
from .errors import NoHealthyInstance, QuotaExceeded, UnknownInstance, UnknownService, WrongSecret
from .models import Known
from .registration import Farewell, Registration, Renewal
from .repository import Instances
from .service import Lease

router = Router(tags=["registry"], policy=PUBLIC)


@router.post(
    "/register",
    request_model=Registration,
    responses={200: Lease, 201: Lease},
    errors=[QuotaExceeded],
)
async def register(request: Request, response: Response) -> Reply:
    """Introduce an instance: 201 with a lease, or 200 with a new one for a known place."""
    said = await body(request, Registration)
    lease, new = service.register(Instances.of(request), said)
    Checker.of(request).check_soon(lease.instance_id)
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
    instances = Instances.of(request)
    renewed = service.renew(instances, instance_id, said.lease_secret)
    return answer(Renewed(instances.revision, renewed.ttl))


@router.post(
    "/unregister",
    request_model=Farewell,
    responses={200: Left},
    errors=[UnknownInstance, WrongSecret],
)
async def unregister(request: Request, response: Response) -> Reply:
    """Say goodbye: the lease is dead for good."""
    said = await body(request, Farewell)
    instances = Instances.of(request)
    left = service.unregister(instances, said)
    return answer(Left(left, instances.revision))


@router.get("/services", responses={200: Listing}, quiet=True)
async def list_services(request: Request, response: Response) -> Reply:
    """All services, with every instance and its state."""
    instances = Instances.of(request)
    now = instances.clock()
    services = {
        name: [one.known(now) for one in some] for name, some in instances.services().items()
    }
    return answer(Listing(instances.revision, instances.epoch, services))


@router.get(
    "/services/{name}",
    responses={200: Known},
    errors=[UnknownService, NoHealthyInstance],
)
async def pick(request: Request, response: Response, name: str) -> Reply:
    """One healthy instance of the service, in turn."""
    instances = Instances.of(request)
    return answer(service.pick(instances, name).known(instances.clock()))
