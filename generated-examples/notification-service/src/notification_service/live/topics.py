"""The topics that there are, and who may follow them."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from ..chassis.database import Database
from ..chassis.policy import Principal
from ..chassis.websocket import Hub, authenticated, public
from ..order import repository as orders


def declare_topics(hub: Hub, database: Database) -> None:
    async def may_follow_order(principal: Principal | None, parameters: Mapping[str, str]) -> bool:
        """Its owner, and support."""
        if principal is None:
            return False
        if "support" in principal.roles:
            return True
        try:
            order = UUID(parameters["id"])
        except ValueError:
            return False
        async with database.connection() as tx:
            owner = await orders.find_owner(tx, order)
        return owner is not None and str(owner) == principal.sub

    hub.topics.declare("orders/{id}", policy=may_follow_order)
    hub.topics.declare("me/orders", policy=authenticated)
    hub.topics.declare("me/notifications", policy=authenticated)
    hub.topics.declare("inventory/{product_id}", policy=public)
    hub.topics.declare("system/stack", policy=_is_admin)


def _is_admin(principal: Principal | None, parameters: Mapping[str, str]) -> bool:
    return principal is not None and "admin" in principal.roles
