"""One session and its refresh tokens: what is good, what was used, what was stolen."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Annotated, Final, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, StringConstraints

from ..account.models import Account, Email
from ..audit.models import Caller
from ..chassis.errors import Conflict, Forbidden, ServiceError
from ..chassis.identifiers import uuid7
from ..credential.models import Password

LIFETIME: Final = timedelta(days=30)  # of a refresh token: so long may somebody stay away
GRACE: Final = timedelta(seconds=10)  # two tabs that refresh at once are no theft


class Reason(StrEnum):
    """Why a session ended."""

    logout = "logout"
    ended = "ended-by-user"
    reuse = "refresh-reused"
    password_reset = "password-reset"  # noqa: S105 - a reason
    password_changed = "password-changed"  # noqa: S105 - a reason
    roles_removed = "roles-removed"
    disabled = "account-disabled"
    deleted = "account-deleted"


class EmailNotVerified(Forbidden):
    code = "email-not-verified"


class RefreshRefused(ServiceError):
    """The base of the two ways in which a refresh token is of no use."""

    status = 401

    def __init__(self, message: str) -> None:
        super().__init__(message, headers={"www-authenticate": 'Bearer error="invalid_token"'})


class RefreshInvalid(RefreshRefused):
    code = "refresh-invalid"


class RefreshReused(RefreshRefused):
    code = "refresh-reused"


class RefreshSuperseded(Conflict):
    code = "refresh-superseded"


class Login(BaseModel):
    """What somebody says to sign in."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    email: Email
    password: Password


class Refresh(BaseModel):
    """The refresh token of the last answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    refresh_token: Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Pair(BaseModel):
    """A token for the next minutes, and one for the next pair (RFC 6749, section 5.1)."""

    model_config = ConfigDict(frozen=True)

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - the name of the scheme
    expires_in: int
    refresh_token: str


class Session(BaseModel):
    """One session; its id is the family of its refresh tokens."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    user_id: UUID
    ua: str
    ip: str
    created_at: datetime
    last_used_at: datetime
    revoked_at: datetime | None = None
    reason: str | None = None

    @classmethod
    def begin(cls, account: Account, caller: Caller, now: datetime) -> Self:
        return cls(
            id=uuid7(),
            user_id=account.id,
            ua=caller.user_agent,
            ip=caller.ip,
            created_at=now,
            last_used_at=now,
        )

    def used(self, caller: Caller, now: datetime) -> Self:
        seen = {"ua": caller.user_agent, "ip": caller.ip, "last_used_at": now}
        return self.model_copy(update=seen)


class SessionView(BaseModel):
    """What users see of their sessions; `current` is the one that asks."""

    id: UUID
    user_agent: str
    ip: str
    created_at: datetime
    last_used_at: datetime
    current: bool

    @classmethod
    def of(cls, session: Session, caller: Caller) -> Self:
        return cls(
            id=session.id,
            user_agent=session.ua,
            ip=session.ip,
            created_at=session.created_at,
            last_used_at=session.last_used_at,
            current=session.id == caller.session_id,
        )


def hash_of(token: str) -> bytes:
    """What the database keeps of a refresh token, which has 256 bits of chance."""
    return sha256(token.encode()).digest()


@dataclass(frozen=True, slots=True)
class NewToken:
    """A refresh token before it is handed over: only now is it known."""

    token: str = field(repr=False)
    session_id: UUID
    created_at: datetime

    @classmethod
    def of(cls, session: Session, now: datetime) -> Self:
        return cls(secrets.token_urlsafe(32), session.id, now)


@dataclass(frozen=True, slots=True)
class Presented:
    """A refresh token that somebody shows, and the session that it is of."""

    session: Session
    created_at: datetime
    used_at: datetime | None

    def refusal(self, now: datetime) -> ServiceError | None:
        """Why it is not good, or None; a RefreshReused means that one of two holders stole it."""
        if self.session.revoked_at or self.created_at + LIFETIME <= now:
            return invalid()
        if self.used_at is None:
            return None
        if now - self.used_at <= GRACE:
            return RefreshSuperseded("a newer pair was made a moment ago; use that one")
        return RefreshReused("this token was used before; the session is ended, sign in again")


def invalid() -> RefreshInvalid:
    return RefreshInvalid("this refresh token is not good, or not any more; sign in again")
