"""Cross-origin requests from browsers, for the origins that are named and no others.

Off unless CORS_ORIGINS is set.  An origin is compared as the Fetch standard writes it, letter by
letter; there are no patterns, and `*` is refused, because credentials would not be safe with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from nexios.types import ASGIApp, Receive, Scope, Send
from pydantic import Field, field_validator
from pydantic_settings import SettingsConfigDict

from .application import Application
from .errors import NotFound
from .http import Reply
from .settings import Settings

_ORIGIN: Final = re.compile(r"https?://([a-z0-9_.-]+|\[[0-9a-f:]+\])(:[1-9][0-9]{0,4})?")
_DEFAULT_PORT: Final = re.compile(r"http:.*:80|https:.*:443")
_REQUEST_HEADERS: Final = (
    "authorization",
    "content-type",
    "idempotency-key",
    "if-match",
    "if-none-match",
    "traceparent",
    "x-request-id",
)
_ANSWER_HEADERS: Final = (
    "etag",
    "idempotent-replayed",
    "location",
    "ratelimit",
    "ratelimit-policy",
    "retry-after",
    "x-request-id",
)

_VARY: Final = (b"vary", b"Origin")

Headers = list[tuple[bytes, bytes]]


class CorsSettings(Settings):
    """Who may call from a browser; `headers` and `expose` are what scripts may send and read beside
    the headers that every service knows."""

    model_config = SettingsConfigDict(env_prefix="CORS_")

    origins: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    expose: tuple[str, ...] = ()
    credentials: bool = False
    max_age_seconds: int = Field(default=600, ge=0, le=86_400)

    @field_validator("origins")
    @classmethod
    def _are_exact(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        for origin in origins:
            if origin == "*":
                raise ValueError("must name each origin: `*` would let every page call")
            if not _ORIGIN.fullmatch(origin) or _DEFAULT_PORT.fullmatch(origin):
                raise ValueError(
                    f"must be as browsers write it, like https://shop.example: not {origin}"
                )
        return origins


SETTINGS: Final[tuple[type[Settings], ...]] = (CorsSettings,)


def install(app: Application) -> None:
    settings = app.settings(CorsSettings)
    if settings.origins:
        app.wrap(lambda inner: Cors(inner, app, Origins(settings)))


class Origins:
    """What browsers are told, for each origin that asks."""

    def __init__(self, settings: CorsSettings) -> None:
        self._known = {origin.encode() for origin in settings.origins}
        self._credentials = _header("allow-credentials", "true") if settings.credentials else []
        self._exposed = _header("expose-headers", ", ".join((*_ANSWER_HEADERS, *settings.expose)))
        self._asked = [
            *_header("allow-headers", ", ".join((*_REQUEST_HEADERS, *settings.headers))),
            *_header("max-age", str(settings.max_age_seconds)),
        ]

    def know(self, origin: bytes) -> bool:
        return origin in self._known

    def answer(self, origin: bytes | None) -> Headers:
        """The headers of an answer to a page of this origin."""
        if origin is None or origin not in self._known:
            return [_VARY]
        return [*self._allowed(origin), *self._exposed]

    def preflight(self, origin: bytes, methods: Iterable[str]) -> Headers:
        """The headers that let a page of this origin call these methods."""
        allowed = _header("allow-methods", ", ".join(sorted(methods)))
        return [*self._allowed(origin), *self._asked, *allowed]

    def _allowed(self, origin: bytes) -> Headers:
        return [_VARY, (b"access-control-allow-origin", origin), *self._credentials]


class Cors:
    """Answer preflights, and tell browsers which origin may read the other answers."""

    def __init__(self, inner: ASGIApp, app: Application, origins: Origins) -> None:
        self._inner = inner
        self._app = app
        self._origins = origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        sent = dict(scope["headers"])
        origin = sent.get(b"origin")
        asks = scope["method"] == "OPTIONS" and b"access-control-request-method" in sent
        if asks and origin is not None and self._origins.know(origin):
            await self._preflight(scope, origin)(scope, receive, send)
            return
        scope["extra_headers"] += self._origins.answer(origin)
        await self._inner(scope, receive, send)

    def _preflight(self, scope: Scope, origin: bytes) -> Reply:
        """What may be sent to this path; Not Found where there is nothing."""
        allowed = self._app.methods_at(scope["path"])
        scope["extra_headers"] += self._origins.preflight(origin, allowed)
        if not allowed:
            raise NotFound(f"there is nothing at {scope['path']}")
        scope["route_template"] = "preflight"
        return Reply(status=204)


def _header(name: str, value: str) -> Headers:
    return [(f"access-control-{name}".encode(), value.encode("latin-1"))]
