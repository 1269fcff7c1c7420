"""One service client, and how it proves to be itself."""

from __future__ import annotations

import hmac
import re
import secrets
from base64 import b64decode
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, StringConstraints

from ..chassis.errors import ServiceError

ROLE: Final = "service"
NAME: Final = r"^[a-z][a-z0-9-]{0,62}$"


class InvalidClient(ServiceError):
    """The same for a client that is not known and a wrong secret."""

    status, code = 401, "invalid-client"

    def __init__(self) -> None:
        challenge = {"www-authenticate": 'Basic realm="service clients"'}
        super().__init__("the service's name or its secret is wrong", headers=challenge)


class Wanted(BaseModel):
    """Which service is going to be called."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    audience: Annotated[str, StringConstraints(pattern=NAME)]


class Granted(BaseModel):
    """A token that is good at that service, and for how many seconds (RFC 6749, section 5.1)."""

    model_config = ConfigDict(frozen=True)

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - the name of the scheme
    expires_in: int


@dataclass(frozen=True, slots=True)
class Credentials:
    """A name and a secret, as the header `Authorization: Basic` carries them (RFC 7617)."""

    name: str
    secret: str = field(repr=False)

    @classmethod
    def read(cls, header: str | None) -> Self:
        """Raises InvalidClient unless both are there."""
        scheme, _, encoded = (header or "").partition(" ")
        try:
            name, colon, secret = b64decode(encoded, validate=True).decode().partition(":")
        except ValueError:
            raise InvalidClient from None
        if scheme.lower() != "basic" or not colon or not re.fullmatch(NAME, name):
            raise InvalidClient
        return cls(name, secret)


@dataclass(frozen=True, slots=True)
class ServiceClient:
    """One service; a secret of 256 bits of chance needs no slow hash."""

    name: str
    secret_hash: bytes = field(repr=False)

    @classmethod
    def make(cls, name: str) -> tuple[Self, str]:
        """A client, and its secret, which is not kept."""
        secret = secrets.token_urlsafe(32)
        return cls(name, _hash(secret)), secret

    def knows(self, secret: str) -> bool:
        return hmac.compare_digest(self.secret_hash, _hash(secret))


def _hash(secret: str) -> bytes:
    return sha256(secret.encode()).digest()
