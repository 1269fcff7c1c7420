"""Whose a cart is: a user's, or a guest's who holds a token."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Owner:
    """Who asks: a user, a guest, both or nobody.

    Of the guest's token only its hash is known here, and stored.
    """

    user_id: UUID | None = None
    token_hash: bytes | None = None


def make_token() -> str:
    """A token that nobody guesses."""
    return secrets.token_urlsafe(32)


def hash_of(token: str) -> bytes:
    return sha256(token.encode()).digest()
