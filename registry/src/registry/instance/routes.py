"""The HTTP face of the registry: read the request, call the use case, answer."""

from __future__ import annotations

from nexios.http import Request, Response

from ..chassis.http import Reply, answer, body
from ..chassis.routing import Router
from . import service
from .checker import Checker
from .registration import Farewell, Registration, Renewal
from .repository import Instances

router = Router(tags=["registry"])


@router.post("/register", request_model=Registration)
async def register(request: Request, response: Response) -> Reply:
    said = await body(request, Registration)
    lease, new = service.register(Instances.of(request), said)
    Checker.of(request).check_soon(lease.instance_id)
    return answer(lease, 201 if new else 200)


@router.put("/leases/{instance_id}", request_model=Renewal, quiet=True)
async def renew(request: Request, response: Response, instance_id: str) -> Reply:
    said = await body(request, Renewal)
    instances = Instances.of(request)
    renewed = service.renew(instances, instance_id, said.lease_secret)
    return answer({"revision": instances.revision, "ttl": renewed.ttl})


@router.post("/unregister", request_model=Farewell)
async def unregister(request: Request, response: Response) -> Reply:
    said = await body(request, Farewell)
    instances = Instances.of(request)
    left = service.unregister(instances, said)
    return answer({"instance_id": left, "revision": instances.revision})


@router.get("/services", quiet=True)
async def list_services(request: Request, response: Response) -> Reply:
    instances = Instances.of(request)
    now = instances.clock()
    return answer(
        {
            "revision": instances.revision,
            "epoch": instances.epoch,
            "services": {
                name: [one.document(now) for one in some]
                for name, some in instances.services().items()
            },
        }
    )


@router.get("/services/{name}")
async def pick(request: Request, response: Response, name: str) -> Reply:
    instances = Instances.of(request)
    return answer(service.pick(instances, name).document(instances.clock()))
