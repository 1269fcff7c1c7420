"""A password, and the rules for it."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from ..chassis.errors import Fault, Forbidden, Invalid, ServiceError, TooManyRequests

SHORTEST: Final = 12
ATTEMPTS: Final = 10
WINDOW: Final = timedelta(minutes=15)


def _normal(password: str) -> str:
    """The same password from every keyboard: é is one character, however it was typed."""
    return unicodedata.normalize("NFKC", password)


# The upper bound is on the work: argon2 reads all of it.
Password = Annotated[str, Field(min_length=1, max_length=256), AfterValidator(_normal)]


class InvalidCredentials(ServiceError):
    """The same for an unknown user, a wrong password and a disabled account."""

    status, code = 401, "invalid-credentials"

    def __init__(self) -> None:
        challenge = {"www-authenticate": "Bearer"}
        super().__init__("the e-mail address or the password is wrong", headers=challenge)


class WrongPassword(Forbidden):
    """Somebody who is known already did not prove to be the one at the keyboard."""


class LoginThrottled(TooManyRequests):
    code = "login-throttled"


class WeakPassword(Invalid):
    """422, with the place of the password in the body."""

    def __init__(self, reason: str, *, pointer: str) -> None:
        super().__init__("the password is too weak", [Fault(pointer, "weak-password", reason)])


def require_strong(password: str, *, email: str, pointer: str) -> None:
    """Raise WeakPassword for one that is short, of few characters, or the address itself."""
    if len(password) < SHORTEST:
        raise WeakPassword(f"use at least {SHORTEST} characters", pointer=pointer)
    if len(set(password)) < SHORTEST // 3:
        raise WeakPassword("use more different characters", pointer=pointer)
    if password.casefold() == email.casefold():
        raise WeakPassword("the e-mail address is no secret", pointer=pointer)


@dataclass(frozen=True, slots=True)
class Attempts:
    """How often somebody tried to prove the password of one address since that time."""

    count: int
    since: datetime

    @property
    def ends_at(self) -> datetime:
        return self.since + WINDOW

    @property
    def too_many(self) -> bool:
        return self.count > ATTEMPTS

    @property
    def first_too_many(self) -> bool:
        """Whether this is the attempt that locked the account, of which others are told."""
        return self.count == ATTEMPTS + 1

    def refused(self, now: datetime) -> LoginThrottled:
        seconds = max(1, round((self.ends_at - now).total_seconds()))
        return LoginThrottled(
            f"too many attempts; come again in {seconds} seconds, or reset the password",
            retry_after=seconds,
        )
