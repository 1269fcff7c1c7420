"""Who is calling, and what the log keeps of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from ..chassis.context import current
from ..chassis.identifiers import uuid7

NOBODY = "anonymous"


class Entry(BaseModel):
    """One line of the log."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    at: datetime
    action: str
    user_id: UUID | None
    actor: str
    ip: str | None
    request_id: str | None
    details: Mapping[str, object]


class Caller(BaseModel):
    """Where a request came from, and who sent it, if that is known."""

    model_config = ConfigDict(frozen=True)

    ip: str
    user_agent: str
    user_id: UUID | None = None
    session_id: UUID | None = None

    def did(self, action: str, *, to: UUID | None, **details: object) -> Entry:
        """The line that says so."""
        return _entry(action, to, str(self.user_id or NOBODY), self.ip, details)


def happened(action: str, *, to: UUID | None, actor: str, **details: object) -> Entry:
    """The line of what a program did, and no caller."""
    return _entry(action, to, actor, None, details)


def _entry(
    action: str, to: UUID | None, actor: str, ip: str | None, details: Mapping[str, object]
) -> Entry:
    request = current.get()
    return Entry(
        id=uuid7(),
        at=datetime.now(UTC),
        action=action,
        user_id=to,
        actor=actor,
        ip=ip,
        request_id=request.request_id if request else None,
        details=details,
    )
