"""The HTTP face of shipments: read the request, call the use case, answer."""

from __future__ import annotations

from uuid import UUID

from nexios.http import Request, Response

from ..calling import WAREHOUSE, caller
from ..chassis.database import Database
from ..chassis.errors import DeadlineExceeded, Unavailable
from ..chassis.http import Reply, answer, body
from ..chassis.routing import Router
from ..order.models import InvalidTransition
from ..order.views import ShipmentView
from . import service
from .models import ShipmentInput

router = Router(
    prefix="/v1/orders",
    tags=["shipments"],
    policy=WAREHOUSE,
    errors=[Unavailable, DeadlineExceeded, InvalidTransition],
)


@router.post("/{id:uuid}/shipments", request_model=ShipmentInput, responses={201: ShipmentView})
async def ship(request: Request, response: Response, id: UUID) -> Reply:
    """Hand the parcel of a paid order to its carrier."""
    said = await body(request, ShipmentInput)
    shipment = await service.ship(Database.of(request), caller(request), id, said)
    return answer(ShipmentView.of(shipment), 201, headers={"location": f"/v1/orders/{id}"})


@router.post("/{id:uuid}/deliver", responses={200: ShipmentView})
async def deliver(request: Request, response: Response, id: UUID) -> Reply:
    """Note that the parcel has arrived."""
    return answer(ShipmentView.of(await service.deliver(Database.of(request), caller(request), id)))
