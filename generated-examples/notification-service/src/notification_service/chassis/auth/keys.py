"""Keys that signatures are checked with: each of one algorithm, which its type decides.

So no token can choose: a public key is never taken for a shared secret (RFC 8725, section 3.1).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from jwt import PyJWK, PyJWTError
from jwt.algorithms import Algorithm, HMACAlgorithm

_PUBLIC = (("EC", "P-256", "ES256"), ("OKP", "Ed25519", "EdDSA"), ("RSA", None, "RS256"))


@dataclass(frozen=True, slots=True)
class Key:
    """What checks signatures of one algorithm."""

    name: str
    _algorithm: Algorithm
    _material: Any  # Any: each of PyJWT's algorithms has a type of key of its own

    @classmethod
    def shared(cls, secret: str) -> Self:
        """A secret that both sides know: HS256."""
        algorithm = HMACAlgorithm(HMACAlgorithm.SHA256)
        return cls("HS256", algorithm, algorithm.prepare_key(secret))

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
            material = PyJWK(dict(jwk), name)
        except (PyJWTError, KeyError):  # KeyError: an RSA key without its modulus
            return None
        if material.Algorithm.check_key_length(material.key):
            return None
        return cls(name, material.Algorithm, material.key)

    def signed(self, content: bytes, signature: bytes) -> bool:
        """Whether this signature of the content was made with this key's private half."""
        return self._algorithm.verify(content, self._material, signature)
