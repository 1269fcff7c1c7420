"""The HTTP face of the provider's events: what is signed are the bytes, so these are read."""

from __future__ import annotations

from typing import Final

from nexios.http import Request, Response

from ..chassis.database import Database
from ..chassis.errors import BodyTooLarge, DeadlineExceeded, MalformedJson, NotFound, Unavailable
from ..chassis.http import Reply, answer
from ..chassis.policy import PUBLIC
from ..chassis.routing import Router
from ..provider import BadSignature, StaleTimestamp, Stripe
from . import service

LARGEST: Final = 64 * 1024

# All of them come from a few addresses of the provider: counted as reading, which is more often.
router = Router(prefix="/v1/webhooks", tags=["webhooks"], policy=PUBLIC, limit="read")


@router.post(
    "/payments/{provider}",
    responses={200: None},
    errors=[
        BadSignature,
        StaleTimestamp,
        MalformedJson,
        BodyTooLarge,
        NotFound,
        Unavailable,
        DeadlineExceeded,
    ],
)
async def take(request: Request, response: Response, provider: str) -> Reply:
    """Take an event of the payment provider; one that was taken before is taken again."""
    known = Stripe.of(request)
    if provider != known.id:
        raise NotFound(f"no payment provider {provider}")
    raw = await _read(request)
    event = known.parse_webhook({"stripe-signature": _signature(request)}, raw)
    await service.take(Database.of(request), known.id, event, raw)
    return answer({"received": True})


async def _read(request: Request) -> bytes:
    """At most LARGEST bytes; raises BodyTooLarge without reading the rest."""
    pieces, length = [], 0
    async for piece in request.stream():
        length += len(piece)
        if length > LARGEST:
            raise BodyTooLarge(LARGEST)
        pieces.append(piece)
    return b"".join(pieces)


def _signature(request: Request) -> str:
    return request.headers.get("stripe-signature") or ""
