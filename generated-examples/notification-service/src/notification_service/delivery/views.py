"""What support sees of deliveries, and how it asks for them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from ..chassis.paging import PageQuery
from ..preference.models import Channel
from .outcomes import Reason, Status


class AttemptView(BaseModel):
    """One try; without an outcome it was cut off, and nobody knows what came of it."""

    began_at: datetime
    ended_at: datetime | None
    outcome: str | None
    reply: str | None


class DeliveryView(BaseModel):
    """What support sees of a delivery; never what the mail says."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: UUID
    dedupe_key: str
    message_id: str | None
    template: str
    channel: Channel
    user_id: UUID | None
    recipient: str | None
    status: Status
    reason: Reason | None
    due_at: datetime
    expires_at: datetime
    created_at: datetime
    ended_at: datetime | None
    attempts: list[AttemptView]


class DeliveryQuery(PageQuery):
    """Which ones to list."""

    user_id: UUID | None = None
    status: Status | None = None
