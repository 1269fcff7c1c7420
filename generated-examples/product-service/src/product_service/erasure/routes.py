"""The HTTP face of the export, for the service that asks all others."""

from __future__ import annotations

from uuid import UUID

from nexios.http import Request, Response

from ..calling import SERVICE
from ..chassis.database import Database
from ..chassis.errors import DeadlineExceeded, Unavailable
from ..chassis.http import Reply, answer
from ..chassis.routing import Router
from . import service
from .models import Export

router = Router(
    prefix="/v1/products/exports",
    tags=["export"],
    policy=SERVICE,
    errors=[Unavailable, DeadlineExceeded],
)


@router.get("/{user_id:uuid}", responses={200: Export})
async def export(request: Request, response: Response, user_id: UUID) -> Reply:
    """Read all that is kept of a user here."""
    exported = await service.export(Database.of(request), user_id)
    return answer(exported, headers={"cache-control": "no-store"})
