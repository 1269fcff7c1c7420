"""One link: the token in it proves that somebody reads the mails of an address."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Annotated, Final, Self
from uuid import UUID

from pydantic import StringConstraints

from ..chassis.errors import Gone

MOST_AN_HOUR: Final = 5  # of one purpose to one address: nobody's mailbox is flooded through us

Token = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Purpose(StrEnum):
    verify_email = "verify-email"
    reset_password = "reset-password"  # noqa: S105 - a purpose

    @property
    def lifetime(self) -> timedelta:
        return timedelta(days=1) if self is Purpose.verify_email else timedelta(hours=1)


class LinkSpent(Gone):
    code = "token-used-or-expired"

    def __init__(self) -> None:
        super().__init__("this link was used, or is too old; ask for a new one")


def hash_of(token: str) -> bytes:
    """What the database keeps of a token: who reads it cannot open the door.

    A token has 256 bits of chance, so one round of SHA-256 is as good as many.
    """
    return sha256(token.encode()).digest()


@dataclass(frozen=True, slots=True)
class Link:
    """A link before it is mailed: only now is its token known."""

    token: str = field(repr=False)
    user_id: UUID
    purpose: Purpose
    password_hash: str | None = field(repr=False)
    created_at: datetime
    expires_at: datetime

    @classmethod
    def make(
        cls, purpose: Purpose, user_id: UUID, now: datetime, *, password_hash: str | None = None
    ) -> Self:
        token = secrets.token_urlsafe(32)
        return cls(token, user_id, purpose, password_hash, now, now + purpose.lifetime)


@dataclass(frozen=True, slots=True)
class Opened:
    """What a link was made for."""

    user_id: UUID
    password_hash: str | None = field(repr=False)
