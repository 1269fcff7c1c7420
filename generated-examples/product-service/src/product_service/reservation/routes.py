"""The HTTP face of reservations, for other services: read, call the use case, answer."""

from __future__ import annotations

from uuid import UUID

from nexios.http import Request, Response

from ..calling import SERVICE, actor
from ..chassis.database import Database
from ..chassis.errors import DeadlineExceeded, IdempotencyKeyReused, Unavailable
from ..chassis.http import Reply, answer, body
from ..chassis.routing import Router
from . import service
from .inputs import Extension, Release, ReservationInput
from .models import (
    AlreadyCommitted,
    InsufficientStock,
    Reservation,
    ReservationExpired,
)

router = Router(
    prefix="/v1/reservations",
    tags=["reservations"],
    policy=SERVICE,
    errors=[Unavailable, DeadlineExceeded],
)


@router.post(
    "",
    request_model=ReservationInput,
    responses={201: Reservation, 200: Reservation},
    errors=[InsufficientStock, ReservationExpired, IdempotencyKeyReused],
)
async def reserve(request: Request, response: Response) -> Reply:
    """Hold all of this for an order, or nothing; whoever asks again gets the same (200)."""
    said = await body(request, ReservationInput)
    reservation, new = await service.reserve(Database.of(request), said)
    headers = {"location": f"/v1/reservations/{reservation.id}"}
    return answer(reservation, 201 if new else 200, headers=headers)


@router.get("/{id:uuid}", responses={200: Reservation})
async def get(request: Request, response: Response, id: UUID) -> Reply:
    """Read one."""
    return answer(await service.get(Database.of(request), id))


@router.post(
    "/{id:uuid}/commit",
    responses={200: Reservation},
    errors=[ReservationExpired],
)
async def commit(request: Request, response: Response, id: UUID) -> Reply:
    """The order is paid for: what was held leaves the shelf; again is no error."""
    return answer(await service.commit(Database.of(request), actor(request), id))


@router.post(
    "/{id:uuid}/release",
    request_model=Release,
    responses={200: Reservation},
    errors=[AlreadyCommitted],
)
async def release(request: Request, response: Response, id: UUID) -> Reply:
    """Let others have what was held; again is no error, and no body means cancelled."""
    said = await body(request, Release) if await request.body else Release()
    return answer(await service.release(Database.of(request), id, said.reason))


@router.post(
    "/{id:uuid}/extend",
    request_model=Extension,
    responses={200: Reservation},
    errors=[AlreadyCommitted, ReservationExpired],
)
async def extend(request: Request, response: Response, id: UUID) -> Reply:
    """Hold it for longer, from now on; it is never held for shorter than it was."""
    said = await body(request, Extension)
    return answer(await service.extend(Database.of(request), id, said.ttl_seconds))
