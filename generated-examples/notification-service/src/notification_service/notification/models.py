"""One notification: what happened, for the user whom it is of interest to."""

from __future__ import annotations

from datetime import datetime
from typing import Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from ..chassis.identifiers import uuid7
from ..chassis.paging import PageQuery
from ..template.kinds import Data


class Notification(BaseModel):
    """`kind` is the name of the mail that says the same; `data` is what fills it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: UUID
    kind: str
    data: Data
    created_at: datetime
    read_at: datetime | None

    @classmethod
    def of(cls, kind: str, data: Data, now: datetime) -> Self:
        return cls(id=uuid7(), kind=kind, data=data, created_at=now, read_at=None)


class NotificationQuery(PageQuery):
    """Which ones to list."""

    unread: bool = Field(default=False, description="Only those that were not read.")
