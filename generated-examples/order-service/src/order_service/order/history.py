"""What happened to an order, when, and by whom."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from pydantic import BaseModel, ConfigDict

from .models import Status

# Actors besides users, who are named by their ids.
SHOP: Final = "shop"
PROVIDER: Final = "provider"


class Entry(BaseModel):
    """One change of an order's status; the version is the one that it led to."""

    model_config = ConfigDict(frozen=True)

    version: int
    status: Status
    reason: str | None
    actor: str
    at: datetime
