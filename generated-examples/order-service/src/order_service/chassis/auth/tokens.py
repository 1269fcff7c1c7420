"""JSON Web Tokens (RFC 7519), verified as RFC 8725 advises: signature, claims, revocation."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from functools import lru_cache
from time import time
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from ..errors import Unauthorized
from ..policy import Principal
from ..tally import Count
from .jws import SignedToken, invalid, parse, read_object
from .keyring import Keyring
from .revocations import Revocations
from .standing import Standing

# Whoever stores or logs it shall not stumble over a control character.
Name = Annotated[
    str, StringConstraints(min_length=1, max_length=255, pattern=r"^[^\x00-\x1f\x7f]*$")
]


class Claims(BaseModel):
    """What is read of a token: times are whole seconds since 1970."""

    model_config = ConfigDict(frozen=True, strict=True)

    iss: str
    aud: str | tuple[str, ...]
    sub: Name
    exp: int
    iat: int
    nbf: int = 0
    sid: Name | None = None
    jti: Name | None = None
    roles: tuple[Name, ...] = ()


@dataclass(frozen=True, slots=True)
class Terms:
    """Whose tokens are taken, for whom they must be, and how long they may live (seconds)."""

    issuer: str
    audience: frozenset[str]
    leeway: int
    lifetime: int


@dataclass(frozen=True, slots=True)
class Verified:
    """What stays true of a token: all but that it is still valid."""

    principal: Principal
    jti: str | None
    generation: int


class Verifier:
    """Verifies tokens, and remembers by their exact bytes those that were good."""

    def __init__(
        self, terms: Terms, keys: Keyring, revocations: Revocations, *, remember: int
    ) -> None:
        self._terms = terms
        self._keys = keys
        self._revocations = revocations
        self._remember = remember
        self._remembered: OrderedDict[str, Verified] = OrderedDict()

    async def verify(self, token: str) -> Principal:
        """Who the token says is asking.

        Raises Unauthorized with the code token-invalid, token-expired or token-revoked, and
        Unavailable if the keys to check it with are not to be had.
        """
        principal = self.recall(token)
        if principal is None:
            verified = await self._check(parse(token))
            self._keep(token, verified)
            self._require_valid_now(verified)
            principal = verified.principal
        return principal

    def standing(self, principal: Principal, admitted: Count) -> Standing:
        """What need not be asked again until keys or revocations change, or the token expires."""
        keys, sessions = self._keys.generation, self._revocations.revision
        return Standing(principal, self._ends(principal), keys, sessions, admitted)

    def recall(self, token: str) -> Principal | None:
        """Who sent the token, without waiting; None if it is not remembered.

        Raises Unauthorized if it was good once, and is no longer.
        """
        verified = self._remembered.get(token)
        if verified is None or verified.generation != self._keys.generation.value:
            return None
        self._remembered.move_to_end(token)
        self._require_valid_now(verified)
        return verified.principal

    async def _check(self, token: SignedToken) -> Verified:
        key = await self._keys.find(token.algorithm, token.kid)
        generation = self._keys.generation.value
        if not key.signed(token.signing_input, token.signature):
            raise invalid("the token's signature is wrong")
        said = read_object(token.payload)
        try:
            claims = Claims.model_validate(dict(said))
        except ValidationError as error:
            names = sorted({str(one["loc"][0]) for one in error.errors(include_input=False)})
            raise invalid(f"the token's claims are missing or wrong: {', '.join(names)}") from None
        self._require_terms(claims)
        principal = Principal(claims.sub, _roles(claims.roles), claims.sid, claims.exp, claims=said)
        return Verified(principal, claims.jti, generation)

    def _require_terms(self, claims: Claims) -> None:
        latest = time() + self._terms.leeway
        audience = {claims.aud} if isinstance(claims.aud, str) else claims.aud
        if claims.iss != self._terms.issuer:
            raise invalid("the token is of another issuer")
        if self._terms.audience.isdisjoint(audience):
            raise invalid("the token is for another audience")
        if claims.iat > latest or claims.nbf > latest:
            raise invalid("the token is not valid yet")
        if claims.exp - claims.iat > self._terms.lifetime:
            raise invalid(f"the token lives longer than {self._terms.lifetime} s")

    def _ends(self, principal: Principal) -> int:
        """The second since 1970 from which on this caller's token is no longer taken."""
        return principal.exp + self._terms.leeway

    def _require_valid_now(self, verified: Verified) -> None:
        principal = verified.principal
        if time() >= self._ends(principal):
            raise Unauthorized("the token has expired", code="token-expired", error="invalid_token")
        if self._revocations.cover(principal.sid, verified.jti):
            raise Unauthorized(
                "the token has been revoked", code="token-revoked", error="invalid_token"
            )

    def _keep(self, token: str, verified: Verified) -> None:
        self._remembered[token] = verified
        if len(self._remembered) > self._remember:
            self._remembered.popitem(last=False)


@lru_cache(maxsize=256)
def _roles(named: tuple[str, ...]) -> frozenset[str]:
    """These roles: one set for all who have them, not one for each token."""
    return frozenset(named)
