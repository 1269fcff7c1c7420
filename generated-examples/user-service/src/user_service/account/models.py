"""One account: what it is, and what may happen to it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from ..chassis.errors import Conflict, NotFound
from ..chassis.fields import Line
from ..chassis.identifiers import uuid7
from ..credential.models import Password

# What a browser takes for `<input type=email>`, with a dot in the domain.
Email = Annotated[
    str,
    StringConstraints(
        max_length=254,
        pattern=r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}"
        r"@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}$",
    ),
]
Locale = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Z]{2})?$")]


class Role(StrEnum):
    """What somebody may be; `service` is none, because no person is a service."""

    customer = "customer"
    support = "support"
    warehouse = "warehouse"
    admin = "admin"


class Status(StrEnum):
    active = "active"
    disabled = "disabled"
    erased = "erased"


class Registration(BaseModel):
    """What somebody says to get an account."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    email: Email
    password: Password
    display_name: Line
    locale: Locale = "en"


class ProfileChange(BaseModel):
    """What a user says to change the profile; what is left out stays."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    display_name: Line | None = None
    locale: Locale | None = None


class LastAdmin(Conflict):
    code = "last-admin"


class AddressTaken(Conflict):
    """For operators only: nobody else may learn who has an account."""

    code = "address-taken"


class Account(BaseModel):
    """One account; a change is a new value with the next version."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    email: str | None
    email_verified_at: datetime | None
    password_hash: str | None = Field(repr=False)
    display_name: str
    locale: str
    status: Status
    roles: frozenset[Role]
    version: int
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None

    @classmethod
    def register(cls, said: Registration, password_hash: str, now: datetime) -> Self:
        return cls(
            id=uuid7(),
            email=said.email,
            email_verified_at=None,
            password_hash=password_hash,
            display_name=said.display_name,
            locale=said.locale,
            status=Status.active,
            roles=frozenset({Role.customer}),
            version=1,
            created_at=now,
            updated_at=now,
            deleted_at=None,
        )

    @property
    def active(self) -> bool:
        return self.status is Status.active

    @property
    def verified(self) -> bool:
        return self.email_verified_at is not None

    @property
    def address(self) -> str:
        """The e-mail address; raises NotFound where it is erased."""
        if self.email is None:
            raise NotFound(f"no user {self.id}")
        return self.email

    def require_living(self) -> Self:
        """Raises NotFound for an account that is erased."""
        if self.status is Status.erased:
            raise NotFound(f"no user {self.id}")
        return self

    def with_verified_email(self, now: datetime, password_hash: str | None) -> Self:
        """The address is this user's; the password is the one of the confirmed registration."""
        return self._next(
            now, email_verified_at=now, password_hash=password_hash or self.password_hash
        )

    def with_password(self, password_hash: str, now: datetime) -> Self:
        return self._next(now, password_hash=password_hash)

    def differing(self, said: ProfileChange) -> dict[str, str]:
        """What this would change."""
        wanted: dict[str, str] = said.model_dump(exclude_none=True)
        return {name: value for name, value in wanted.items() if value != getattr(self, name)}

    def with_profile(self, said: ProfileChange, now: datetime) -> Self:
        return self._next(now, **self.differing(said))

    def with_roles(self, roles: frozenset[Role], now: datetime) -> Self:
        return self._next(now, roles=roles)

    def disabled(self, now: datetime) -> Self:
        return self._next(now, status=Status.disabled)

    def erased(self, now: datetime) -> Self:
        """The id stays, for others still name it; nothing that tells who it was."""
        return self._next(
            now,
            email=None,
            email_verified_at=None,
            password_hash=None,
            display_name="",
            status=Status.erased,
            roles=frozenset(),
            deleted_at=now,
        )

    def _next(self, now: datetime, **changes: object) -> Self:
        return self.model_copy(update={**changes, "version": self.version + 1, "updated_at": now})


class Profile(BaseModel):
    """What users see of their own account."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    email: str
    email_verified: bool
    display_name: str
    locale: str
    roles: list[Role]
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, account: Account) -> Self:
        return cls(
            id=account.id,
            email=account.address,
            email_verified=account.verified,
            display_name=account.display_name,
            locale=account.locale,
            roles=sorted(account.roles),
            version=account.version,
            created_at=account.created_at,
            updated_at=account.updated_at,
        )
