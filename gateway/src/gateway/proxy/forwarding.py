"""The proxy: pure ASGI around the application, which gets every path that is not below /api."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

import structlog

from ..asgi import App, Receive, Scope, Send
from ..chassis import context
from ..chassis.errors import MethodNotAllowed
from ..errors import BrokenAnswer, NoAnswer, NoHealthyInstance, NoRoute, NoRoutesYet, Unreachable
from ..routing.discovery import Discovery
from ..routing.table import Instance, Route
from ..settings import UpstreamSettings
from . import headers, paths
from .balancer import Balancer
from .client import Client, ClientLeft
from .patience import Patience
from .upstream import Answer, Request, Upstreams

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Exchange:
    """One client's request, and all that is needed to answer it."""

    route: Route
    request: Request
    client: Client
    patience: Patience
    send: Send


class Proxy:
    """Forwards what is below /api to an instance of the service that owns the path."""

    def __init__(
        self,
        app: App,
        *,
        discovery: Discovery,
        upstreams: Upstreams,
        balancer: Balancer,
        limits: UpstreamSettings,
    ) -> None:
        self._app = app
        self._discovery = discovery
        self._upstreams = upstreams
        self._balancer = balancer
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not paths.is_public(scope["raw_path"]):
            await self._app(scope, receive, send)
            return
        route = self._route(scope)
        with suppress(ClientLeft):
            async with Patience() as patience:
                client = Client(receive, patience, self._limits)
                request = _request(scope, client)
                async with client.watched():
                    await self._deliver(Exchange(route, request, client, patience, send))

    def _route(self, scope: Scope) -> Route:
        """Who is asked; raises the problem that the client is told if it is nobody."""
        path = paths.matched(scope["path"], scope["raw_path"])
        table = self._discovery.table
        if table is None:
            raise NoRoutesYet("the gateway has not learned yet who owns which path")
        route = table.owner_of(path)
        if route is None:
            raise NoRoute(f"no service owns {scope['path']}")
        scope["route_template"] = paths.PUBLIC + route.prefix
        if scope["method"] not in route.methods:
            raise MethodNotAllowed(scope["method"], route.methods)
        return route

    async def _deliver(self, exchange: Exchange) -> None:
        """Ask one instance, and a second one where that can do no harm."""
        route, request = exchange.route, exchange.request
        first = self._balancer.choose(route.instances)
        if first is None:
            raise NoHealthyInstance(f"no instance of {route.service} is healthy")
        try:
            await self._ask(first, exchange)
        except (Unreachable, NoAnswer) as failure:
            _tell(route, first, failure)
            others = [one for one in route.instances if one is not first]
            second = self._balancer.choose(others)
            harmless = isinstance(failure, Unreachable) or request.repeatable
            if second is None or not harmless:
                raise
            await self._ask(second, exchange)

    async def _ask(self, instance: Instance, exchange: Exchange) -> None:
        client, request = exchange.client, exchange.request
        if request.body is None:
            client.wait_for_answer()
        with self._balancer.carrying(instance):
            try:
                async with self._upstreams.ask(instance, request) as answer:
                    await self._relay(answer, instance, exchange)
            except (NoAnswer, BrokenAnswer):
                if client.failure is not None:  # it was the client's doing
                    raise client.failure from None
                raise

    async def _relay(self, answer: Answer, instance: Instance, exchange: Exchange) -> None:
        """The answer goes out as it comes in: the next chunk is read once this one was taken."""
        head = headers.of_answer(answer.headers, instance.url, paths.PUBLIC)
        start = {"type": "http.response.start", "status": answer.status, "headers": head}
        await exchange.send(start)
        more = True
        while more:
            exchange.patience.wait(self._limits.idle_seconds, _stalled)
            chunk, more = await answer.next()
            exchange.patience.wait_for_ever()
            await exchange.send({"type": "http.response.body", "body": chunk, "more_body": more})


def _request(scope: Scope, client: Client) -> Request:
    request = context.current.get()
    return Request(
        method=scope["method"],
        target=paths.target(scope["raw_path"], scope["query_string"]),
        headers=headers.of_request(scope, request.headers() if request else {}),
        body=client.body if headers.has_body(scope["headers"]) else None,
    )


def _stalled() -> Exception:
    return BrokenAnswer("the service stopped in the middle of its answer")


def _tell(route: Route, instance: Instance, failure: Exception) -> None:
    cause = failure.__cause__ or failure
    reason = f"{type(cause).__name__}: {cause}"
    log.warning("upstream.failed", upstream=route.service, instance=instance.id, reason=reason)
