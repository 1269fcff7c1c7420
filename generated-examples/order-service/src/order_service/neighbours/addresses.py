"""User-service: where a customer wants it sent."""

from __future__ import annotations

from uuid import UUID

from ..chassis.client import Client, UpstreamProblem
from ..order.rejection import Rejection
from ..order.values import Address


async def address(client: Client, user_id: UUID, id: UUID) -> Address | Rejection:
    path = f"/v1/users/{user_id}/addresses/{id}"
    try:
        return await client.get("user-service", path, model=Address)
    except UpstreamProblem as refused:
        if refused.problem.status == 404:
            return Rejection(reason="address_unknown")
        raise
