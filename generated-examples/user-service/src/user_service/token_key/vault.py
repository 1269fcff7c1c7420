"""Private keys are sealed before they are stored: AES-256-GCM, with a key made from a setting."""

from __future__ import annotations

import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import SecretStr

from ..chassis.resource import CannotStart

_NONCE_BYTES: Final = 12
_PURPOSE: Final = b"signing-keys-v1"


class Sealed(CannotStart):
    """What was sealed with another secret stays shut."""


class Vault:
    """Seals and opens; what is sealed under one name does not open under another."""

    def __init__(self, secret: SecretStr) -> None:
        derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE)
        self._cipher = AESGCM(derived.derive(secret.get_secret_value().encode()))

    def seal(self, name: str, content: bytes) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, content, name.encode())

    def open(self, name: str, sealed: bytes) -> bytes:
        """Raises Sealed if it was not sealed under this name with this secret."""
        nonce, content = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        try:
            return self._cipher.decrypt(nonce, content, name.encode())
        except InvalidTag:
            raise Sealed(
                f"the signing key {name} does not open with SIGNING_SECRET; put the secret back "
                "with which it was sealed, or empty the table signing_keys, and all sign in again"
            ) from None
