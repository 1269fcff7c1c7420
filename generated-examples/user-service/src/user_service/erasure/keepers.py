"""What the other services keep of a user: each is asked at its own door."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from pydantic import JsonValue, RootModel

from ..chassis.client import Client

_DOORS: Final = {
    "products": "product-service",
    "orders": "order-service",
    "carts": "cart-service",
    "notifications": "notification-service",
}


class Kept(RootModel[dict[str, JsonValue]]):
    """What one of them keeps, in its own words."""


async def gather(client: Client, user_id: UUID) -> dict[str, Kept]:
    """What each of them keeps; raises Unavailable as soon as one is away, so that nothing lacks."""
    return {
        noun: await client.get(service, f"/v1/{noun}/exports/{user_id}", model=Kept)
        for noun, service in _DOORS.items()
    }
