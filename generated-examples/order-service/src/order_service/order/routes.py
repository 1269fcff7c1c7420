"""The HTTP face of the order: read the request, call the use case, answer."""

from __future__ import annotations

from hashlib import blake2b
from uuid import UUID

from nexios.http import Request, Response
from pydantic import BaseModel

from ..calling import CUSTOMER, READER, caller
from ..chassis.database import Database
from ..chassis.errors import DeadlineExceeded, Invalid, InvalidCursor, Unavailable
from ..chassis.etags import tagged
from ..chassis.http import Reply, answer, body, query
from ..chassis.idempotency import Once
from ..chassis.paging import Page
from ..chassis.routing import Router
from ..saga.worker import Worker
from . import service
from .inputs import Placement
from .models import AlreadyOrdered, InvalidTransition, Status
from .rejection import CartChanged, CartEmpty, InsufficientStock, PriceChanged
from .views import History, OrderDetail, OrderQuery, OrderView, Pending, Placed

router = Router(
    prefix="/v1/orders",
    tags=["orders"],
    policy=READER,
    errors=[Unavailable, DeadlineExceeded],
)


@router.post(
    "",
    policy=CUSTOMER,
    idempotency="required",
    request_model=Placement,
    responses={201: Placed, 202: Pending},
    errors=[InsufficientStock, PriceChanged, CartChanged, CartEmpty, AlreadyOrdered, Invalid],
)
async def place(request: Request, response: Response) -> Reply:
    """Order a cart as it was seen; 202 where somebody who is needed does not answer in time."""
    who = caller(request)
    said = await body(request, Placement)
    once: Once[Placed] = await Once.of(request, _placed)
    return _placed(
        await service.place(Database.of(request), Worker.of(request).engine, once, who, said)
    )


@router.get(
    "",
    query_model=OrderQuery,
    responses={200: Page[OrderView]},
    versioned=True,
    errors=[InvalidCursor],
)
async def list_page(request: Request, response: Response) -> Reply:
    """List one's own orders, the newest first; support sees everybody's."""
    wanted = query(request, OrderQuery)
    return _read(request, await service.list_page(Database.of(request), caller(request), wanted))


@router.get("/{id:uuid}", responses={200: OrderDetail}, versioned=True)
async def get(request: Request, response: Response, id: UUID) -> Reply:
    """Read one order."""
    return _read(request, await service.get(Database.of(request), caller(request), id))


@router.get("/{id:uuid}/history", responses={200: History}, versioned=True)
async def history(request: Request, response: Response, id: UUID) -> Reply:
    """Read what happened to one order."""
    entries = await service.history(Database.of(request), caller(request), id)
    return _read(request, History(items=entries))


@router.post("/{id:uuid}/cancel", responses={200: Placed, 202: Placed}, errors=[InvalidTransition])
async def cancel(request: Request, response: Response, id: UUID) -> Reply:
    """Cancel an order; one that is paid and not shipped is given back (202)."""
    placed = await service.cancel(Database.of(request), caller(request), id)
    refunding = placed.order.status is Status.refund_pending
    return answer(placed, 202 if refunding else 200)


def _read(request: Request, value: BaseModel) -> Reply:
    """Its tag is made of all that shows: an order's version knows nothing of its payments."""
    seen = blake2b(value.model_dump_json().encode(), digest_size=12).hexdigest()
    return tagged(request, value, f'"{seen}"')


def _placed(placed: Placed) -> Reply:
    location = {"location": f"/v1/orders/{placed.order.id}"}
    if placed.order.status is Status.pending:
        return answer(Pending(order_id=placed.order.id), 202, headers=location)
    return answer(placed, 201, headers=location)
