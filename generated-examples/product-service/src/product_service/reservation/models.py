"""One reservation."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class Reason(StrEnum):
    """Why what was held is free again."""

    cancelled = "cancelled"
    expired = "expired"
    payment_failed = "payment_failed"


class Line(BaseModel):
    """So much of one product."""

    model_config = ConfigDict(frozen=True)

    product_id: UUID
    quantity: int = Field(ge=1)
