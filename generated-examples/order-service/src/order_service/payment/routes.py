"""The HTTP face of payments: read the request, call the use case, answer."""

from __future__ import annotations

from uuid import UUID

from nexios.http import Request, Response
from pydantic import BaseModel, ConfigDict

from ..calling import CUSTOMER, caller
from ..chassis.database import Database
from ..chassis.errors import DeadlineExceeded, Unavailable
from ..chassis.http import Reply, answer, body
from ..chassis.routing import Router
from ..order.inputs import PaymentMethod
from ..order.models import InvalidTransition
from ..order.views import Placed
from ..saga.worker import Worker
from . import service
from .models import PaymentDeclined

router = Router(
    prefix="/v1/orders",
    tags=["payments"],
    policy=CUSTOMER,
    errors=[Unavailable, DeadlineExceeded],
)


class PaymentAttempt(BaseModel):
    """With what to pay this time."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    payment_method: PaymentMethod


@router.post(
    "/{id:uuid}/payments",
    request_model=PaymentAttempt,
    responses={201: Placed},
    errors=[InvalidTransition, PaymentDeclined],
)
async def retry(request: Request, response: Response, id: UUID) -> Reply:
    """Try to pay once more after a decline; there are three attempts."""
    who = caller(request)
    said = await body(request, PaymentAttempt)
    engine = Worker.of(request).engine
    tried = await service.retry(Database.of(request), engine, who, id, said.payment_method)
    return answer(tried, 201, headers={"location": f"/v1/orders/{id}"})
