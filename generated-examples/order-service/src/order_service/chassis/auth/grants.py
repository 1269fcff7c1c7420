"""Where a service's own tokens come from."""

from __future__ import annotations

from dataclasses import dataclass
from time import time
from typing import ClassVar, Final, Protocol, Self
from uuid import uuid4

from pydantic import BaseModel, Field, SecretStr, ValidationError

from ..deferred import aiohttp
from ..errors import Unavailable
from ..resource import Resource
from .issuer import Addresses, first_answer
from .jws import seal

LIFETIME_SECONDS: Final = 300
ROLE: Final = "service"


class Granted(BaseModel):
    """A token, and the seconds that it lives (RFC 6749, section 5.1)."""

    access_token: SecretStr
    expires_in: int = Field(gt=0)


class Grantor(Protocol):
    """Grants tokens for calls to the service of that name; raises Unavailable if it cannot."""

    async def grant(self, audience: str) -> Granted: ...


@dataclass(frozen=True)
class SharedSecret:
    """Makes its own tokens: on a development machine, where all services share a secret."""

    name: str
    issuer: str
    secret: SecretStr

    async def grant(self, audience: str) -> Granted:
        now = int(time())
        claims = {
            "iss": self.issuer,
            "aud": audience,
            "sub": self.name,
            "roles": [ROLE],
            "iat": now,
            "exp": now + LIFETIME_SECONDS,
            "jti": uuid4().hex,
        }
        token = seal(claims, self.secret.get_secret_value())
        return Granted(access_token=SecretStr(token), expires_in=LIFETIME_SECONDS)


class TokenEndpoint(Resource):
    """Asks the issuer, who knows this service by its name and secret (RFC 6749, section 2.3.1)."""

    name: ClassVar[str] = "token-endpoint"

    def __init__(
        self, where: Addresses, service: str, secret: SecretStr, *, call_seconds: float
    ) -> None:
        self._where = where
        self._service = service
        self._secret = secret
        self._call_seconds = call_seconds

    async def __aenter__(self) -> Self:
        proof = aiohttp.encode_basic_auth(self._service, self._secret.get_secret_value())
        self._session = aiohttp.ClientSession(
            headers={"Authorization": proof},
            timeout=aiohttp.ClientTimeout(total=self._call_seconds),
            raise_for_status=True,
        )
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._session.close()

    async def grant(self, audience: str) -> Granted:
        async def ask(url: str) -> Granted:
            asked = self._session.post(url, json={"audience": audience}, allow_redirects=False)
            async with asked as response:
                return Granted.model_validate_json(await response.read())

        try:
            return await first_answer(self._where, ask)
        except (aiohttp.ClientError, TimeoutError, ValidationError) as error:
            # Only the cause's kind is told: its text may hold the token or the secret.
            reason = type(error).__name__
            raise Unavailable(f"no token for calls to {audience} is to be had: {reason}") from None
