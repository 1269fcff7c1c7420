"""One signing key, and what becomes of all of them as time goes on."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, Self

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)
from jwt.algorithms import ECAlgorithm
from pydantic import BaseModel

from .vault import Vault

ALGORITHM: Final = "ES256"
# The last token that a key signed has long expired, and a replica that slept has woken up.
SHOWN_AFTER: Final = timedelta(hours=1)

Jwk = Mapping[str, Any]  # Any: each type of key has members of its own


class JwkSet(BaseModel):
    """The keys that tokens of this service may be signed with (RFC 7517)."""

    keys: list[dict[str, Any]]  # Any: as above


class State(StrEnum):
    """A key is shown from the beginning, then signs, then is shown for a while yet."""

    next = "next"
    active = "active"
    retired = "retired"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One key as it lies in the database: its private half is sealed.

    `not_after` is when the active key is to be replaced, and when a retired one is shown no longer.
    """

    kid: str
    alg: str
    private_enc: bytes = field(repr=False)
    public_jwk: Jwk
    state: State
    not_after: datetime | None

    @classmethod
    def generate(cls, vault: Vault) -> Self:
        kid = secrets.token_urlsafe(12)
        private = ec.generate_private_key(ec.SECP256R1())
        raw = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        shown = ECAlgorithm.to_jwk(private.public_key(), as_dict=True)
        public = {**shown, "kid": kid, "use": "sig", "alg": ALGORITHM}
        return cls(kid, ALGORITHM, vault.seal(kid, raw), public, State.next, None)

    def private(self, vault: Vault) -> ec.EllipticCurvePrivateKey:
        """The private half; raises Sealed where it was sealed with another secret."""
        key = load_der_private_key(vault.open(self.kid, self.private_enc), password=None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        return key

    def activated(self, until: datetime) -> Self:
        return replace(self, state=State.active, not_after=until)

    def retired(self, now: datetime) -> Self:
        return replace(self, state=State.retired, not_after=now + SHOWN_AFTER)

    def is_over(self, now: datetime) -> bool:
        return self.not_after is not None and self.not_after <= now


def rotated(
    keys: Sequence[SigningKey], vault: Vault, now: datetime, *, every: timedelta
) -> list[SigningKey]:
    """The keys as they should be now: at the first time, when it is due, or as they are."""
    active = next((key for key in keys if key.state is State.active), None)
    following = next((key for key in keys if key.state is State.next), None)
    kept = [key for key in keys if key.state is State.retired and not key.is_over(now)]
    if active is None or active.is_over(now):
        kept += [active.retired(now)] if active else []
        active, following = (following or SigningKey.generate(vault)).activated(now + every), None
    return [*kept, active, following or SigningKey.generate(vault)]


def shown(keys: Sequence[SigningKey]) -> Iterator[Jwk]:
    """The public halves, in a stable order."""
    return (key.public_jwk for key in sorted(keys, key=lambda key: key.kid))
