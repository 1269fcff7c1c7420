"""The tokens with which this service calls others: who signs all tokens signs these, too."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import SecretStr

from ..chassis.auth import Granted
from ..token_key.keys import TOKEN_SECONDS, TokenKeys
from .models import ROLE


@dataclass(frozen=True, slots=True)
class OwnTokens:
    """The Grantor of the service of this name."""

    service: str
    keys: TokenKeys

    async def grant(self, audience: str) -> Granted:
        token = self.keys.sign(self.service, roles=[ROLE], audience=audience)
        return Granted(access_token=SecretStr(token), expires_in=TOKEN_SECONDS)
