"""What an administrator sees and says."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from ..account.models import Account, Role, Status


class RolesInput(BaseModel):
    """The roles from now on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    roles: Annotated[list[Role], Field(min_length=1, max_length=len(Role))]


class AccountView(BaseModel):
    """An account as administrators see it; an erased one has no address."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    email: str | None
    email_verified: bool
    display_name: str
    locale: str
    status: Status
    roles: list[Role]
    version: int
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None

    @classmethod
    def of(cls, account: Account) -> Self:
        return cls(
            **account.model_dump(exclude={"roles", "email_verified_at", "password_hash"}),
            email_verified=account.verified,
            roles=sorted(account.roles),
        )
