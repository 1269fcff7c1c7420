"""The HTTP face of refunds: read the request, call the use case, answer."""

from __future__ import annotations

from uuid import UUID

from nexios.http import Request, Response

from ..calling import SUPPORT, caller
from ..chassis.database import Database
from ..chassis.errors import DeadlineExceeded, Unavailable
from ..chassis.http import Reply, answer, body
from ..chassis.idempotency import Once
from ..chassis.routing import Router
from ..order.models import InvalidTransition
from ..order.views import RefundView
from ..saga.worker import Worker
from . import service
from .models import Refund, RefundExceedsCaptured, RefundRequest

router = Router(
    prefix="/v1/orders",
    tags=["refunds"],
    policy=SUPPORT,
    errors=[Unavailable, DeadlineExceeded],
)


@router.post(
    "/{id:uuid}/refunds",
    idempotency="required",
    request_model=RefundRequest,
    responses={201: RefundView},
    errors=[InvalidTransition, RefundExceedsCaptured],
)
async def request_refund(request: Request, response: Response, id: UUID) -> Reply:
    """Give money back, in full or in part; support up to a limit, an admin without."""
    who = caller(request)
    said = await body(request, RefundRequest)
    once: Once[Refund] = await Once.of(request, _created)
    engine = Worker.of(request).engine
    return _created(await service.request(Database.of(request), engine, once, who, id, said))


def _created(refund: Refund) -> Reply:
    headers = {"location": f"/v1/orders/{refund.order_id}"}
    return answer(RefundView.of(refund), 201, headers=headers)
