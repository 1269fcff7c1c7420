"""A token for the person at the terminal: in development, services share a secret."""

import base64
import hmac
import json
import time

from dev.passwords import Passwords

_DAY = 86400
_NAME = "development"


def shared_secret(passwords: Passwords) -> str:
    """What tokens are signed with, the same again as long as the passwords are kept."""
    return passwords.of("token-secret")


def auth_settings(secret: str) -> dict[str, str]:
    """The settings of a service that takes tokens signed with the secret."""
    return {"AUTH_SECRET": secret, "AUTH_LIFETIME_SECONDS": str(_DAY)}


def developer_token(secret: str, *roles: str) -> str:
    """A token (RFC 7519, HS256) that lets a developer with these roles in for a day."""
    now = int(time.time())
    header = {"alg": "HS256", "typ": "JWT"}
    claims = {
        "iss": _NAME,
        "aud": _NAME,
        "sub": "developer",
        "roles": roles,
        "iat": now,
        "exp": now + _DAY,
    }
    head = ".".join(_encode(json.dumps(part).encode()) for part in (header, claims))
    return f"{head}.{_encode(hmac.digest(secret.encode(), head.encode(), 'sha256'))}"


def _encode(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()
