"""One thing that happened to an order."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from pydantic import BaseModel, ConfigDict

from ..order.models import Status

# The actor where it is no user; those are named by their ids.
SHOP: Final = "shop"


class Entry(BaseModel):
    """One change of an order's status; the version is the one that it led to."""

    model_config = ConfigDict(frozen=True)

    version: int
    status: Status
    reason: str | None
    actor: str
    at: datetime
