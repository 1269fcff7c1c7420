"""One delivery: a mail that is wanted, and what may become of it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from ..chassis.errors import Conflict
from ..chassis.identifiers import uuid7
from ..preference.models import Channel
from ..template.kinds import GOODBYE, Data
from .outcomes import Accepted, Outcome, Pointless, Reason, Refused, Status

LIFETIME: Final = timedelta(days=2)  # of a mail for which nobody said how long it is of use
_SPREAD: Final = 0.2


class NotRetriable(Conflict):
    code = "not-retriable"


class Wanted(BaseModel):
    """A mail that somebody wants to be sent once for this `dedupe_key`."""

    model_config = ConfigDict(frozen=True)

    dedupe_key: str
    template: str
    user_id: UUID | None
    recipient: str | None = Field(repr=False)
    data: Data = Field(repr=False)
    expires_at: datetime

    @classmethod
    def once_for(
        cls,
        once: str,
        template: str,
        *,
        user_id: UUID | None,
        recipient: str | None = None,
        data: Data,
        expires_at: datetime,
    ) -> Self:
        """Once for this event, template, channel and recipient."""
        key = f"{once}|{template}|{Channel.email}|{user_id or recipient}"
        return cls(
            dedupe_key=key,
            template=template,
            user_id=user_id,
            recipient=recipient,
            data=data,
            expires_at=expires_at,
        )


class Delivery(Wanted):
    """One mail on its way; a change is a new value."""

    id: UUID
    message_id: str | None
    channel: Channel
    data: Data | None = Field(repr=False)  # type: ignore[assignment]  # forgotten in the end
    status: Status
    reason: Reason | None
    attempts: int
    due_at: datetime
    lease_owner: UUID | None
    created_at: datetime
    ended_at: datetime | None

    @classmethod
    def begin(cls, wanted: Wanted, now: datetime) -> Self:
        return cls(
            **wanted.model_dump(),
            id=uuid7(),
            message_id=None,
            channel=Channel.email,
            status=Status.pending,
            reason=None,
            attempts=0,
            due_at=now,
            lease_owner=None,
            created_at=now,
            ended_at=None,
        )

    def message_id_at(self, domain: str) -> str:
        """The same for every attempt: two mails with it are one that came twice."""
        return self.message_id or f"<{sha256(self.dedupe_key.encode()).hexdigest()[:40]}@{domain}>"

    @property
    def remembered(self) -> str | None:
        """The address as far as something may be kept of it: nothing of who is erased."""
        return self.recipient if self.template != GOODBYE else None

    def after(self, outcome: Outcome, now: datetime, retry_seconds: Sequence[float]) -> Self:
        """What it is after this attempt."""
        match outcome:
            case Accepted():
                return self._ended(Status.delivered, None, now)
            case Refused():
                return self._ended(Status.failed, Reason.rejected, now)
            case Pointless(reason):
                return self._ended(Status.failed, reason, now)
        if self.attempts > len(retry_seconds):
            return self._ended(Status.failed, Reason.exhausted, now)
        pause = retry_seconds[self.attempts - 1] * random.uniform(1 - _SPREAD, 1 + _SPREAD)
        due_at = now + timedelta(seconds=pause)
        return self.model_copy(update={"due_at": due_at, "lease_owner": None})

    def retried(self, now: datetime) -> Self:
        """As if it was wanted just now; raises NotRetriable."""
        if self.status is not Status.failed:
            raise NotRetriable(f"the delivery {self.id} is {self.status}; only a failed one can be")
        if self.data is None or now >= self.expires_at:
            raise NotRetriable(f"the delivery {self.id} is {self.reason}, and of no use any more")
        return self.model_copy(
            update={
                "status": Status.pending,
                "reason": None,
                "attempts": 0,
                "due_at": now,
                "ended_at": None,
            }
        )

    def forgotten(self) -> Self:
        """Without anything that tells whom it went to."""
        return self.model_copy(update={"recipient": None, "data": None})

    def _ended(self, status: Status, reason: Reason | None, now: datetime) -> Self:
        over = reason is None or reason.final
        return self.model_copy(
            update={
                "status": status,
                "reason": reason,
                "data": None if over else self.data,
                "lease_owner": None,
                "ended_at": now,
            }
        )
