"""One recipient: where the mails of a user go, and in which language."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict


class Recipient(BaseModel):
    """A copy of what is needed of an account; `version` is the account's."""

    model_config = ConfigDict(frozen=True)

    user_id: UUID
    email: str | None
    display_name: str
    locale: str
    version: int
    erased_at: datetime | None

    @property
    def erased(self) -> bool:
        return self.erased_at is not None
