"""All that is kept of a user."""

from __future__ import annotations

from uuid import UUID

from pydantic import BaseModel

from ..history.models import Entry
from ..order.views import OrderDetail


class ExportedOrder(BaseModel):
    """One order with everything that belongs to it."""

    order: OrderDetail
    history: list[Entry]


class Export(BaseModel):
    """What order-service keeps of a user."""

    user_id: UUID
    orders: list[ExportedOrder]
