"""Which key a request carries, and what it must be sent with again."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from typing import ClassVar, Final

from nexios.http import Request
from prometheus_client import CollectorRegistry, Counter
from pydantic import Field
from pydantic_settings import SettingsConfigDict

from ..errors import IdempotencyKeyRequired
from ..policy import Principal
from ..resource import Resource
from ..settings import Settings

LONGEST: Final = 255
# A structured field's string (RFC 8941), or the bare token that most clients send.
_QUOTED: Final = re.compile(r'"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"')
_BARE: Final = re.compile(r"[\x21\x23-\x7e][\x21-\x7e]*")


class IdempotencySettings(Settings):
    """How long a key is known; after that it is a new one."""

    model_config = SettingsConfigDict(env_prefix="IDEMPOTENCY_")

    keep_seconds: int = Field(default=86_400, ge=60, le=31_536_000)


class Idempotency(Resource):
    """What the keys of one service have in common."""

    name: ClassVar[str] = "idempotency"

    def __init__(self, settings: IdempotencySettings, registry: CollectorRegistry) -> None:
        self.settings = settings
        self.claims = Counter(
            "idempotency_claims",
            "Requests with an Idempotency-Key, by what became of their claim.",
            ("outcome",),
            registry=registry,
        )


@dataclass(frozen=True, slots=True)
class Key:
    """One key of one caller ("" is whoever sends no token), and what its request looked like."""

    caller: str
    value: str
    fingerprint: bytes

    @classmethod
    async def of(cls, request: Request) -> Key | None:
        """The request's key, or None where its route lets it go without.

        Raises IdempotencyKeyRequired (400) for a missing or impossible one.
        """
        route = request.scope["route"]
        if route.idempotency is None:
            raise TypeError(f'{route.raw_path}: declare idempotency="required" or "optional"')
        sent = request.headers.getlist("idempotency-key")
        if not sent and route.idempotency == "optional":
            return None
        principal = Principal.known(request)
        caller = principal.sub if principal else ""
        return cls(caller, _value(sent), await _fingerprint(request))


def _value(sent: list[str]) -> str:
    if not sent:
        raise IdempotencyKeyRequired("send an Idempotency-Key, a new UUID for each new request")
    quoted = _QUOTED.fullmatch(sent[0].strip())
    value = re.sub(r"\\(.)", r"\1", quoted[1]) if quoted else sent[0].strip()
    sound = value if quoted else _BARE.fullmatch(value)
    if len(sent) > 1 or not sound or len(value) > LONGEST:
        raise IdempotencyKeyRequired(
            f"send one Idempotency-Key of 1 to {LONGEST} visible ASCII characters"
        )
    return value


async def _fingerprint(request: Request) -> bytes:
    """What makes two requests of a caller the same: for what, with which body."""
    scope = request.scope
    parts = (
        scope["method"].encode(),
        scope["raw_path"],
        scope["query_string"],
        await request.body,
    )
    digest = sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8) + part)
    return digest.digest()
