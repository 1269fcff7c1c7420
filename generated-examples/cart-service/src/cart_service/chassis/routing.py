"""nexios' Route and Router, without the faults that one request can trigger.

A stock Route answers 405 for ever after one wrong method, matches "/x\\n" for "/x", turns a huge
number into a 500 and validates nothing.  Ours decides by value and keeps no state between requests.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any, Literal, Protocol, Self

from nexios import routing
from nexios._internals._route_builder import RouteBuilder
from nexios.http import Request, Response
from nexios.http.response import BaseResponse
from nexios.types import Scope
from pydantic import BaseModel

from .errors import ServiceError
from .handshake import WebSocketHandler, WebSocketRoute
from .http import answer
from .policy import Policy
from .signatures import Handler, check_signature


class Guard(Protocol):
    """What may refuse a request before its handler is called, as a rate limit does."""

    async def admit(self, scope: Scope) -> None:
        """Raise a ServiceError to refuse it."""
        ...


class Route(routing.Route):
    """One path and its methods, answered by one `async def handler(request, response, **path)`.

    What it declares besides is for the documentation: `request_model` and `query_model` are what
    it reads, `responses` what it answers, `errors` what it raises; a `versioned` one has an ETag,
    which a PATCH must name, unless it is "optional"; one with `idempotency` reads an
    Idempotency-Key.
    A `quiet` one is asked by machines every few seconds: its access line is for LOG_LEVEL=debug.
    `limit` names the class of requests that the gateway counts it with, where its method does not.
    With `encoded_slashes` the gateway lets `%2F` through, which it refuses elsewhere: the last
    parameter is a `{name:path}`, and reads the same with a slash as with an encoded one.
    """

    def __init__(
        self,
        path: str,
        handler: Handler,
        *args: Any,
        policy: Policy | None = None,
        rate: Guard | None = None,
        limit: str | None = None,
        encoded_slashes: bool = False,
        query_model: type[BaseModel] | None = None,
        errors: Sequence[type[ServiceError]] = (),
        versioned: bool | Literal["optional"] = False,
        idempotency: Literal["optional", "required"] | None = None,
        quiet: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(path, handler, *args, **options)
        self.policy = policy
        self.rate = rate
        self.limit = limit
        self.encoded_slashes = encoded_slashes
        self.query_model = query_model
        self.errors = tuple(errors)
        self.versioned = versioned
        self.idempotency = idempotency
        self.quiet = quiet
        if options.get("middleware"):
            raise TypeError(f"{path}: nexios' middleware races; use Application.wrap instead")
        check_signature(self.raw_path, handler, self.param_names)
        self._converters = self.route_info.convertor

    def requires_version(self, method: str) -> bool:
        """Whether a request must say which version it changes."""
        return self.versioned is True and method == "PATCH"

    def at(self, prefix: str) -> Self:
        """The same route below `prefix`; a router's root is the prefix itself, with no slash."""
        moved = copy.copy(self)
        moved.raw_path = prefix if prefix and self.raw_path == "/" else prefix + self.raw_path
        moved.route_info = RouteBuilder.create_pattern(moved.raw_path)
        moved.pattern = moved.route_info.pattern
        moved.param_names = moved.route_info.param_names
        moved._converters = moved.route_info.convertor
        return moved

    def parameters_of(self, path: str) -> dict[str, object] | None:
        """The path's parameters, converted, or None if this is not the path's route."""
        found = self.pattern.fullmatch(path)
        if found is None:
            return None
        try:
            return {
                name: self._converters[name].convert(text)
                for name, text in found.groupdict().items()
            }
        except ValueError:  # more digits than int() takes
            return None

    async def answer(
        self, request: Request, response: Response, parameters: dict[str, object]
    ) -> BaseResponse:
        """Call the handler; models, lists and dicts become JSON."""
        result = await self.handler(request, response, **parameters)
        if isinstance(result, BaseResponse):
            return result
        if isinstance(result, Response):
            return result.get_response()
        if isinstance(result, (BaseModel, dict, list)):
            return answer(result)
        raise TypeError(f"{self.raw_path}: a {type(result).__name__} is no answer")


def _verb(method: str) -> Callable[..., Callable[..., Any]]:
    """A method of Router that declares routes of one HTTP method; nexios' know no such options."""

    def declare(
        router: Router, path: str, handler: Handler | None = None, **options: Any
    ) -> Callable[..., Any]:
        return router.route(path, [method], handler, **options)

    return declare


class Router(routing.Router):
    """Routes below one prefix: `Router(prefix="/v1/orders")`, then `@router.get("/{id:uuid}")`.

    `policy`, `rate` and `limit` hold for every route that has none of its own; `errors` any of the
    routes can raise.
    """

    def __init__(
        self,
        prefix: str = "",
        *,
        policy: Policy | None = None,
        rate: Guard | None = None,
        limit: str | None = None,
        errors: Sequence[type[ServiceError]] = (),
        **options: Any,
    ) -> None:
        super().__init__(prefix=prefix or None, route_class=Route, **options)
        self.policy = policy
        self.rate = rate
        self.limit = limit
        self.errors = tuple(errors)
        self.websocket_routes: list[WebSocketRoute] = []

    get = _verb("GET")
    post = _verb("POST")
    put = _verb("PUT")
    patch = _verb("PATCH")
    delete = _verb("DELETE")

    def route(  # type: ignore[override]  # the options keep their names and pass through
        self, path: str, methods: list[str], handler: Handler | None = None, **options: Any
    ) -> Callable[..., Any]:
        """Declare one route; as a decorator it leaves the function a function, not None."""

        def declare(function: Handler) -> Handler:
            self.add_route(self.route_class(path, function, methods=methods, **options))
            return function

        return declare if handler is None else declare(handler)

    def ws_route(
        self, path: str, handler: WebSocketHandler | None = None, *, policy: Policy | None = None
    ) -> Callable[..., Any]:
        """Declare where WebSockets are met; the handler accepts them."""

        def declare(function: WebSocketHandler) -> WebSocketHandler:
            whole = (self.prefix or "") + path
            route = WebSocketRoute(whole, function, policy=policy or self.policy)
            self.websocket_routes.append(route)
            return function

        return declare if handler is None else declare(handler)

    def flat(self) -> list[Route]:
        """Every HTTP route with its whole path."""
        routes = [route.at(self.prefix or "") for route in self.routes if isinstance(route, Route)]
        for route in routes:
            route.errors = (*self.errors, *route.errors)
            route.policy = route.policy or self.policy
            route.rate = route.rate or self.rate
            route.limit = route.limit or self.limit
        return routes
