"""Who asks, as the use cases want to know it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from ..chassis.errors import NotFound
from .models import Order


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody with an account, and whether all orders are theirs to see."""

    user_id: UUID
    sees_all: bool = False
    is_admin: bool = False

    @property
    def actor(self) -> str:
        return str(self.user_id)

    def require(self, order: Order) -> Order:
        """The order; raises NotFound for one that is somebody else's."""
        if not self.sees_all and order.user_id != self.user_id:
            raise NotFound(f"no order {order.id}")
        return order
