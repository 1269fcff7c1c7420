"""All that is kept of a user here."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from ..cart.view import CartView
from ..conversion.models import Conversion


class Export(BaseModel):
    model_config = ConfigDict(frozen=True)

    exported_at: datetime
    carts: list[CartView]
    conversions: list[Conversion] = Field(description="Which orders were made of which carts.")
