"""nexios with its request pipeline replaced: the repaired way from a request to its answer.

Everything here leans on the inside of one exact version of nexios, and says so at the start.
What was wrong there, and stays mended here, is listed and shown in tests/chassis/test_pipeline.py.
"""

from __future__ import annotations

import importlib.metadata
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Final, Self

import nexios.dependencies
from nexios import NexiosApp
from nexios.http import Request, Response
from nexios.http.request import HTTPConnection
from nexios.objects import Headers
from nexios.types import Receive, Scope, Send

from .errors import MethodNotAllowed, NotFound, ServiceError
from .handshake import WebSocketRoute, refuse, token_in_query
from .http import Answered
from .policy import AUTHENTICATED, Authenticator, Policy
from .routing import Route, Router

PINNED: Final = "3.12.3"


def require_pinned_nexios() -> None:
    """Raise RuntimeError unless the installed nexios is the one this module was written for."""
    installed = importlib.metadata.version("nexios")
    if installed != PINNED:
        raise RuntimeError(
            f"nexios {installed} is installed, but the request pipeline replaces private parts of "
            f"nexios {PINNED}: install nexios=={PINNED}"
        )


def _get_header(self: Headers, key: str, default: Any = None) -> Any:  # Any: as nexios declares it
    value = self[key]  # answers None where a mapping raises KeyError, so Mapping.get has no default
    return default if value is None else value


def _keep_extensions(self: HTTPConnection, scope: Scope, receive: Receive) -> None:
    self.scope = scope  # the stock one overwrites what the server can do, in scope["extensions"]


Headers.get = _get_header  # type: ignore[method-assign, assignment]
HTTPConnection.__init__ = _keep_extensions  # type: ignore[method-assign]
nexios.dependencies.print = lambda *_, **__: None  # type: ignore[attr-defined]  # one line a request


class _Response(Response):
    """nexios' builder of answers; the stock one, which the request that it keeps would keep as
    well, is left to the garbage collector after every request."""

    def __new__(cls, request: Request) -> Self:
        return object.__new__(cls)


class Pipeline(NexiosApp):
    """nexios' application, with routing by value and no middleware bridge around each request."""

    def __init__(self, **options: Any) -> None:
        super().__init__(debug=False, route_class=Route, **options)
        self.authenticator: Authenticator | None = None
        self._fixed: defaultdict[str, list[Route]] = defaultdict(list)
        self._patterns: list[Route] = []
        self.websocket_routes: list[WebSocketRoute] = []

    def setup(self) -> None:
        """Add none of nexios' documentation pages: they load scripts from other hosts."""

    @property
    def routes(self) -> list[Route]:
        """Every HTTP route, with its whole path as template."""
        return [*(route for some in self._fixed.values() for route in some), *self._patterns]

    def serve(self, router: Router) -> None:
        """Answer what this router declares."""
        for route in router.flat():
            alike = self._patterns if route.param_names else self._fixed[route.raw_path]
            alike.append(route)
        self.websocket_routes += router.websocket_routes

    def methods_at(self, path: str) -> set[str]:
        """The methods that are answered at this path; none if there is nothing."""
        return {method for route, _ in self._candidates(path) for method in route.methods}

    async def handle_request(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request or meet a WebSocket; failures are raised, for the border to answer."""
        if scope["type"] == "websocket":
            await self._meet(scope, receive, send)
            return
        route, parameters = self._find(scope)
        await self._admit(scope, route.policy)
        if route.rate is not None:
            await route.rate.admit(scope)
        request = Request(scope, receive, send)
        try:
            reply = await route.answer(request, _Response(request), parameters)
        except Answered as known:
            reply = known.reply
        await reply(scope, receive, send)

    async def _admit(
        self, scope: Scope, policy: Policy | None, *, token: str | None = None
    ) -> None:
        """Ask who is there; raises Unauthorized or Forbidden if the policy does not let it in."""
        if self.authenticator is not None:
            scope["principal"] = await self.authenticator.admit(
                scope["headers"], policy or AUTHENTICATED, token=token
            )

    def _find(self, scope: Scope) -> tuple[Route, dict[str, object]]:
        allowed: set[str] = set()
        for route, parameters in self._candidates(scope["path"]):
            if scope["method"] in route.methods:
                scope["route"] = route
                scope["route_template"] = route.raw_path
                scope["route_params"] = parameters
                scope["quiet"] = route.quiet
                return route, parameters
            scope["route_template"] = route.raw_path
            allowed.update(route.methods)
        if allowed:
            raise MethodNotAllowed(scope["method"], allowed)
        raise NotFound(f"there is nothing at {scope['path']}")

    def _candidates(self, path: str) -> Iterable[tuple[Route, dict[str, object]]]:
        for route in self._fixed.get(path, ()):
            yield route, {}
        for route in self._patterns:
            parameters = route.parameters_of(path)
            if parameters is not None:
                yield route, parameters

    async def _meet(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a WebSocket to its route; it is refused before the handshake is answered."""
        try:
            route = self._find_websocket(scope)
            await self._admit(scope, route.policy, token=token_in_query(scope))
        except ServiceError as error:
            await refuse(error, scope, receive, send)
        else:
            await route.handle(scope, receive, send)

    def _find_websocket(self, scope: Scope) -> WebSocketRoute:
        for route in self.websocket_routes:
            found = route.pattern.fullmatch(scope["path"])
            if found:
                scope["route_template"] = route.raw_path
                scope["route_params"] = found.groupdict()
                return route
        raise NotFound(f"there is nothing at {scope['path']}")
