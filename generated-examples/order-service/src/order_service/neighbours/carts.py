"""Cart-service: what is in a cart, and what it costs now."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from ..chassis.client import Client, UpstreamProblem
from ..chassis.errors import BadGateway
from ..order.rejection import Rejection
from ..order.values import Quote

_SERVICE: Final = "cart-service"


async def quote(client: Client, cart_id: UUID) -> Quote | Rejection:
    try:
        found = await client.get(_SERVICE, f"/v1/carts/{cart_id}/quote", model=Quote)
    except UpstreamProblem as refused:
        if refused.problem.status == 404:
            return Rejection(reason="cart_unknown")
        if refused.problem.code == "cart-empty":
            return Rejection(reason="cart_empty")
        raise
    if not found.sound:
        raise BadGateway(f"{_SERVICE} answered a quote that does not add up")
    return found
