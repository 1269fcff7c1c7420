"""The compact form of a signed token (RFC 7515), read strictly and before anything is believed.

PyJWT's own reader takes padding and doubled names, and costs more than the signature's check.
With a shared secret, tokens are written here as well: PyJWT brings all of cryptography along.
"""

from __future__ import annotations

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from sys import intern
from types import MappingProxyType
from typing import Final

from ..errors import Unauthorized

LONGEST: Final = 8192
HS256: Final = "HS256"

_TYPES = (None, "JWT", "at+jwt")  # RFC 7519, section 5.1; RFC 9068, section 2.1


def invalid(reason: str) -> Unauthorized:
    """401: the token is not good, and why, as a sentence without the token in it."""
    return Unauthorized(reason, code="token-invalid", error="invalid_token")


@dataclass(frozen=True, slots=True)
class SignedToken:
    """The parts of a token whose signature nobody has checked yet."""

    algorithm: str
    kid: str | None
    payload: bytes
    signing_input: bytes
    signature: bytes


def parse(token: str) -> SignedToken:
    """The parts of this token; raises Unauthorized unless it is well-formed to the letter.

    Of the header, only `alg` and `kid` are used: a key that a token brings along (`jwk`, `jku`,
    `x5c`, `x5u`) proves nothing.  An extension that must be understood (`crit`) is not.
    """
    if len(token) > LONGEST:
        raise invalid(f"the token is longer than {LONGEST} characters")
    head, _, signature = token.rpartition(".")
    encoded_header, _, payload = head.partition(".")
    header = read_object(decode(encoded_header))
    algorithm, kid = header.get("alg"), header.get("kid")
    if not isinstance(algorithm, str) or not isinstance(kid, (str, type(None))):
        raise invalid("the token's header does not say how it is signed")
    if "crit" in header or header.get("typ") not in _TYPES:
        raise invalid("the token's header asks for what is not understood here")
    return SignedToken(algorithm, kid, decode(payload), head.encode(), decode(signature))


def decode(part: str) -> bytes:
    """The bytes of one part: base64url without padding, in the one way to write them."""
    try:
        raw = urlsafe_b64decode(part.encode("ascii") + b"=" * (-len(part) % 4))
    except ValueError:
        raw = b""
    if not raw or _encode(raw).decode() != part:
        raise invalid("the token is not three parts of base64url")
    return raw


def _encode(raw: bytes) -> bytes:
    return urlsafe_b64encode(raw).rstrip(b"=")


def seal(claims: Mapping[str, object], secret: str) -> str:
    """A token that says this, signed with a secret that both sides know."""
    header = {"alg": HS256, "typ": "JWT"}
    content = b".".join(_encode(json.dumps(part).encode()) for part in (header, claims))
    return b".".join((content, _encode(hs256(secret.encode(), content)))).decode()


def hs256(secret: bytes, content: bytes) -> bytes:
    """The signature that whoever knows the secret can make (RFC 7518, section 3.2)."""
    return hmac.digest(secret, content, "sha256")


def read_object(raw: bytes) -> MappingProxyType[str, object]:
    """The JSON object in these bytes, frozen; raises Unauthorized if a name comes twice in one."""
    try:
        value = json.loads(raw.decode(), object_pairs_hook=_frozen, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise invalid("a part of the token is not sound JSON") from error
    if not isinstance(value, MappingProxyType):
        raise invalid("a part of the token is not a JSON object")
    return value


def _frozen(pairs: list[tuple[str, object]]) -> MappingProxyType[str, object]:
    members = {  # the names are the same in every token, and are kept once for all of them
        intern(name): tuple(value) if isinstance(value, list) else value for name, value in pairs
    }
    if len(members) != len(pairs):
        raise ValueError("a name comes twice")
    return MappingProxyType(members)


def _refuse(constant: str) -> object:
    raise ValueError(f"{constant} is no JSON")
