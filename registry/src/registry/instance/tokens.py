"""Who may speak: tokens of which the registry knows only the hashes, each bound to service names.

    REGISTRY_TOKENS=order-service=<sha256>,shop-*=<sha256>

`python -m registry token order-service` makes one.  Whoever has any of them may read.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self

from ..chassis.context import RawHeaders
from ..chassis.errors import Unauthorized
from ..chassis.policy import Policy, Principal
from .errors import ForeignName

_ENTRY: Final = re.compile(r"([a-z0-9][a-z0-9-]{0,62}\*?|\*)=([0-9a-f]{64})")
_ANYBODY: Final = "*"


@dataclass(frozen=True, slots=True)
class Token:
    """The hash of a token, and the service name or prefix* that it may register."""

    names: str
    digest: bytes

    @classmethod
    def parse(cls, entry: str) -> Self:
        """Raises ValueError unless the entry is `name=sha256` or `prefix*=sha256`."""
        found = _ENTRY.fullmatch(entry)
        if found is None:
            raise ValueError("must be like order-service=<sha256 of its token>,shop-*=<sha256>")
        return cls(found[1], bytes.fromhex(found[2]))


class Tokens:
    """The authenticator of this service; where `optional`, nobody needs a token."""

    def __init__(self, tokens: Sequence[Token], *, optional: bool) -> None:
        self._names: Mapping[bytes, tuple[str, ...]] = {
            one.digest: tuple(other.names for other in tokens if other.digest == one.digest)
            for one in tokens
        }
        self._optional = optional

    async def admit(
        self, headers: RawHeaders, policy: Policy, *, token: str | None = None
    ) -> Principal | None:
        """Who asks: its names are in the claims.  Raises Unauthorized."""
        if policy.demand == "public":
            return None
        sent = token or _bearer(headers)
        if sent is None:
            if self._optional:
                return _principal((_ANYBODY,))
            raise Unauthorized("send a token of REGISTRY_TOKENS", code="token-missing")
        # Found by its digest: what time the look-up takes tells nothing of the token.
        names = self._names.get(hashlib.sha256(sent.encode()).digest())
        if names is None:
            raise Unauthorized(
                "the token is none of REGISTRY_TOKENS", code="token-invalid", error="invalid_token"
            )
        return _principal(names)


def require_name(principal: Principal, name: str) -> None:
    """Raise ForeignName unless this caller may register that service."""
    names = principal.sub.split()
    if not any(one == name or (one[-1] == "*" and name.startswith(one[:-1])) for one in names):
        raise ForeignName(f"this token registers {' and '.join(names)}, and not {name}")


async def make(arguments: Sequence[str]) -> int:
    """Print a new token for each of these names, and what the registry is to know of it."""
    for names in arguments:
        token = secrets.token_urlsafe(32)
        entry = f"{names}={hashlib.sha256(token.encode()).hexdigest()}"
        Token.parse(entry)
        print(f"REGISTRY_TOKEN={token}\nREGISTRY_TOKENS={entry}")
    return 0


def _principal(names: Sequence[str]) -> Principal:
    return Principal(" ".join(names), frozenset(), None, 0, {})


def _bearer(headers: RawHeaders) -> str | None:
    for name, value in headers:
        if name == b"authorization":
            scheme, _, token = value.decode("latin-1").partition(" ")
            return token.strip() if scheme.lower() == "bearer" else None
    return None
