"""Keys that signatures are checked with: each of one algorithm, which its type decides.

So no token can choose: a public key is never taken for a shared secret (RFC 8725, section 3.1).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from hmac import compare_digest
from typing import TYPE_CHECKING, Any, Self

from ..deferred import Deferred
from .jws import HS256, hs256

if TYPE_CHECKING:
    import jwt
else:
    jwt = Deferred("jwt")  # with cryptography, which only public keys need

_PUBLIC = (("EC", "P-256", "ES256"), ("OKP", "Ed25519", "EdDSA"), ("RSA", None, "RS256"))


@dataclass(frozen=True, slots=True)
class Key:
    """What checks signatures of one algorithm; `signed` takes a content and its signature."""

    name: str
    signed: Callable[[bytes, bytes], bool]

    @classmethod
    def shared(cls, secret: str) -> Self:
        """A secret that both sides know: HS256."""
        return cls(HS256, partial(_sealed, secret.encode()))

    @classmethod
    def public(cls, jwk: Mapping[str, Any]) -> Self | None:
        """A public key as RFC 7517 writes it, or None if it is of no use here.

        Of no use are other types than P-256, Ed25519 and RSA, keys for other work than signatures,
        RSA keys under 2048 bits, and private keys, which an issuer has no business to show.
        """
        kind = (jwk.get("kty"), jwk.get("crv"))
        name = next((name for *known, name in _PUBLIC if tuple(known) == kind), None)
        if name is None or "d" in jwk:
            return None
        if jwk.get("use", "sig") != "sig" or jwk.get("alg", name) != name:
            return None
        try:
            known = jwt.PyJWK(dict(jwk), name)
        except (jwt.PyJWTError, KeyError):  # KeyError: an RSA key without its modulus
            return None
        if known.Algorithm.check_key_length(known.key):
            return None
        return cls(name, partial(_signed, known))


def _sealed(secret: bytes, content: bytes, signature: bytes) -> bool:
    return compare_digest(hs256(secret, content), signature)


def _signed(key: jwt.PyJWK, content: bytes, signature: bytes) -> bool:
    return key.Algorithm.verify(content, key.key, signature)
