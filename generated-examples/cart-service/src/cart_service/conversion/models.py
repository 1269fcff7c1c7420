"""One order that took its share out of a cart."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict


class Conversion(BaseModel):
    model_config = ConfigDict(frozen=True)

    order_id: UUID
    cart_id: UUID
    user_id: UUID
    converted_at: datetime
