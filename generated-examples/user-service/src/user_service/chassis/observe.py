"""The border of the service: ids, safe headers, one access line, the metrics, no escaping error."""

from __future__ import annotations

from collections.abc import Container
from time import perf_counter
from typing import Any, Final

import structlog
from nexios.http.request import ClientDisconnect
from nexios.types import ASGIApp, Receive, Scope, Send

from . import context
from .metrics import Metrics
from .problems import problem
from .tracing import Tracing

SAFE_HEADERS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)
SAFE_NAMES: Final = frozenset(name for name, _ in SAFE_HEADERS)
CLIENT_LEFT: Final = 499  # nginx's number for a client that closed before its answer
Headers = list[tuple[bytes, bytes]]


class Observe:
    """Outermost: whatever happens inside, the request is named, counted and logged once."""

    def __init__(
        self, app: ASGIApp, metrics: Metrics, tracing: Tracing, *, quiet: Container[str]
    ) -> None:
        """`quiet` are the paths that machines ask every few seconds: nobody wants their traces."""
        self._app = app
        self._metrics = metrics
        self._tracing = tracing
        self._quiet = quiet
        self._log = structlog.get_logger().bind()  # once, and not for each line

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = self._begin(scope)
        token = context.current.set(request)
        try:
            if scope["type"] == "http":
                await self._http(request, scope, receive, send)
            else:
                await self._app(scope, receive, self._tracing.handshake(request, scope, send))
        finally:
            context.current.reset(token)

    def _begin(self, scope: Scope) -> context.RequestContext:
        request = context.begin(scope["headers"])
        if scope["path"] in self._quiet:
            return request.unsampled()
        return self._tracing.decide(request)

    async def _http(
        self, request: context.RequestContext, scope: Scope, receive: Receive, send: Send
    ) -> None:
        begun = perf_counter()
        status = CLIENT_LEFT
        extra: Headers = []
        scope["extra_headers"] = extra

        async def send_named(message: Any) -> None:  # Any: an ASGI message
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = _complete([*message["headers"], *extra], request)
            await send(message)

        self._metrics.in_flight += 1
        try:
            await self._app(scope, receive, send_named)
        except ClientDisconnect:
            pass  # nobody is left to be told; the access line says so
        except Exception as error:
            if status != CLIENT_LEFT:  # the answer has begun: the server must cut it off
                raise
            await problem(scope, error)(scope, receive, send_named)
        finally:
            self._metrics.in_flight -= 1
            self._tell(request, scope, status, perf_counter() - begun)

    def _tell(
        self, request: context.RequestContext, scope: Scope, status: int, seconds: float
    ) -> None:
        route = scope.get("route_template", "unmatched")
        self._metrics.observe(scope["method"], route, status, seconds)
        self._tracing.answered(request, scope, status, seconds)
        client = scope.get("client")
        tell = self._log.debug if scope.get("quiet") and status < 500 else self._log.info
        tell(
            "http.request",
            method=scope["method"],
            path=scope["path"],
            route=route,
            status=status,
            ms=round(seconds * 1000, 2),
            client=client[0] if client else None,
        )


def _complete(headers: Headers, request: context.RequestContext) -> Headers:
    """The answer's headers, the safe ones where the handler chose none, and the ids."""
    chosen = SAFE_NAMES.intersection(name for name, _ in headers)
    safe = [pair for pair in SAFE_HEADERS if pair[0] not in chosen] if chosen else SAFE_HEADERS
    return [
        *headers,
        *safe,
        (b"x-request-id", request.request_id.encode()),
        (b"x-trace-id", request.trace_id.encode()),
    ]
