"""How often a caller may ask: `@router.post("", rate=Rate(10, per=60))`.

A token bucket in Valkey, shared by all replicas: `quota` tokens, one back every `per / quota`
seconds by Valkey's clock, counted in one script.  While Valkey is away, or where there is none,
every replica counts for itself.  Answers carry `RateLimit-Policy` and `RateLimit` as in
draft-ietf-httpapi-ratelimit-headers-11, refusals `Retry-After` (RFC 9110) besides.

The client is the peer of the connection, or whom TRUSTED_PROXIES name in `X-Forwarded-For`.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from enum import Enum
from typing import ClassVar, Final

from nexios.types import Scope
from prometheus_client import CollectorRegistry, Counter

from .application import Application
from .errors import TooManyRequests
from .resource import Resource
from .settings import Settings
from .valkey import Valkey, ValkeyAway

SETTINGS: Final[tuple[type[Settings], ...]] = ()

_MOST_LOCAL_BUCKETS: Final = 10_000

# A bucket is one number: the microsecond at which it will be full again.
_TAKE: Final = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local token, bucket = tonumber(ARGV[1]), tonumber(ARGV[2])
local missing = math.max(tonumber(redis.call('GET', KEYS[1]) or 0) - now, 0)
if missing + token > bucket then return {0, missing} end
missing = missing + token
local full = string.format('%.0f', now + missing)
redis.call('SET', KEYS[1], full, 'PX', math.ceil(missing / 1000))
return {1, missing}
"""


class By(Enum):
    """Who has a bucket."""

    CLIENT = "client"
    PRINCIPAL = "principal"


@dataclass(frozen=True, slots=True)
class Rate:
    """`quota` requests at once, and again as many every `per` seconds, to each client or principal.

    Routes with an equal rate share a bucket; another `name` parts them.  A caller without a token
    counts as its client.
    """

    quota: int
    per: float
    by: By = By.CLIENT
    name: str = "default"

    def __post_init__(self) -> None:
        if self.quota < 1 or self.per <= 0:
            raise ValueError("a rate is at least 1 request in more than 0 seconds")

    async def admit(self, scope: Scope) -> None:
        """Take a token for this request; raises TooManyRequests where none is left."""
        await scope["base_app"].resource(RateLimit).admit(self, scope)

    @property
    def token(self) -> int:
        """Microseconds until one token is back."""
        return math.ceil(self.per * 1_000_000 / self.quota)

    @property
    def bucket(self) -> int:
        """Microseconds until all tokens are back."""
        return self.token * self.quota


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one request: a token was taken or not, and `missing` microseconds of them."""

    admitted: bool
    missing: int


class RateLimit(Resource):
    """The buckets: in Valkey, and here for the time when it is away."""

    name: ClassVar[str] = "ratelimit"

    def __init__(self, valkey: Valkey | None, service: str, registry: CollectorRegistry) -> None:
        self._valkey = valkey
        self._take = valkey.client.register_script(_TAKE) if valkey else None
        self._service = service
        self._full: dict[str, int] = {}
        self._verdicts = Counter(
            "ratelimit_requests",
            "Requests to limited routes, by verdict and by who counted.",
            ("verdict", "counted"),
            registry=registry,
        )

    async def admit(self, rate: Rate, scope: Scope) -> None:
        """Take a token; raises TooManyRequests, and says in the headers how many are left."""
        key = f"rate:{self._service}:{rate.name}:{rate.quota}:{rate.per:g}:{_who(rate, scope)}"
        try:
            verdict, counted = await self._shared(rate, key), "together"
        except ValkeyAway:
            verdict, counted = self._local(rate, key), "alone"
        self._verdicts.labels("admitted" if verdict.admitted else "refused", counted).inc()
        wait = _seconds(verdict.missing % rate.token or rate.token)
        left = (rate.bucket - verdict.missing) // rate.token
        scope["extra_headers"] += [
            (b"ratelimit-policy", f'"{rate.name}";q={rate.quota};w={math.ceil(rate.per)}'.encode()),
            (b"ratelimit", f'"{rate.name}";r={left};t={wait}'.encode()),
        ]
        if not verdict.admitted:
            raise TooManyRequests(
                f"{rate.quota} requests in {rate.per:g} seconds are allowed; "
                f"come again in {wait} seconds",
                retry_after=wait,
            )

    async def _shared(self, rate: Rate, key: str) -> Verdict:
        if self._valkey is None or self._take is None:
            raise ValkeyAway("there is none: events travel another way, and nothing else needs it")
        with self._valkey.attempt():
            admitted, missing = await self._take(keys=[key], args=[rate.token, rate.bucket])
        return Verdict(bool(admitted), missing)

    def _local(self, rate: Rate, key: str) -> Verdict:
        now = time.monotonic_ns() // 1000
        missing = max(self._full.pop(key, 0) - now, 0)
        admitted = missing + rate.token <= rate.bucket
        if admitted:
            missing += rate.token
        self._full[key] = now + missing
        if len(self._full) > _MOST_LOCAL_BUCKETS:
            del self._full[next(iter(self._full))]  # who has not asked for the longest time
        return Verdict(admitted, missing)


def install(app: Application) -> None:
    valkey = app.resource(Valkey) if Valkey in app.resources else None
    app.own(RateLimit(valkey, app.name, app.metrics.registry))


def _who(rate: Rate, scope: Scope) -> str:
    principal = scope.get("principal")
    if rate.by is By.PRINCIPAL and principal is not None:
        return f"principal:{principal.sub}"
    client = scope.get("client")
    return f"client:{client[0] if client else 'unknown'}"


def _seconds(microseconds: int) -> int:
    return math.ceil(microseconds / 1_000_000)
