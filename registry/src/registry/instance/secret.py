"""The secret of a lease: only whoever registered an instance can renew or remove it."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from .errors import WrongSecret


def make() -> tuple[str, bytes]:
    """A new secret, and the digest that is kept of it."""
    secret = secrets.token_urlsafe(32)
    return secret, _digest(secret)


def fits(secret: str, digest: bytes) -> bool:
    """Whether the digest is of this secret; takes the same time for any guess."""
    return hmac.compare_digest(_digest(secret), digest)


def require(secret: str, digest: bytes) -> None:
    """Raise WrongSecret unless the digest is of this secret."""
    if not fits(secret, digest):
        raise WrongSecret("the lease secret is not the one that this instance was given last")


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
