"""The application: a repaired nexios for the routes, and the resources it owns around them."""

from __future__ import annotations

import asyncio
import importlib.metadata
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from socket import socket
from typing import Protocol

import structlog
from nexios import NexiosApp
from nexios.types import ASGIApp, Receive, Scope, Send

from . import logs
from .limits import BodyLimit
from .metrics import Metrics
from .observe import Observe
from .pipeline import Pipeline, require_pinned_nexios
from .policy import Credentials, Declared, require_policies
from .resource import AnyResource, CannotStart, Resource
from .routing import Router
from .settings import AnySettings, Configuration, ServiceSettings, Settings
from .tracing import Tracing, TracingSettings

Command = Callable[[Sequence[str]], Awaitable[int]]

log = structlog.get_logger()


class Feature(Protocol):
    """A module that adds itself to an application, and names the settings it wants read."""

    @property
    def __name__(self) -> str: ...

    @property
    def SETTINGS(self) -> Sequence[type[Settings]]: ...  # noqa: N802 - a module's constant

    def install(self, app: Application, /) -> None: ...


@dataclass(frozen=True)
class Blueprint:
    """What the answers to the template's questions chose."""

    name: str
    template_version: str
    features: Sequence[Feature]


class Application(Pipeline):
    """One service: its settings, resources, routes and commands.

    `document` makes the OpenAPI document of a service that answers more than its own routes.
    """

    def __init__(self, blueprint: Blueprint, *, settings: Iterable[type[Settings]] = ()) -> None:
        """Read every setting, then install every feature.

        Raises Misconfigured with all that is wrong in the environment, and RuntimeError if the
        installed nexios is not the pinned one.
        """
        require_pinned_nexios()
        wanted = [kind for feature in blueprint.features for kind in feature.SETTINGS]
        self._configuration = Configuration([ServiceSettings, TracingSettings, *wanted, *settings])
        logs.configure(blueprint.name, self.settings(ServiceSettings))
        self.blueprint = blueprint
        self.version = importlib.metadata.version(blueprint.name)
        self.started_at: datetime | None = None
        self.stopping = False
        self.resources: dict[type[Resource], Resource] = {}
        self.server_options: dict[str, object] = {}
        self.supervise: Callable[[socket], int] | None = None
        self.commands: dict[str, Command] = {}
        self.credentials: Credentials | None = None
        self.document: Callable[[], bytes] | None = None
        self.metrics = Metrics(self.name, self.version)
        self.tracing = Tracing(self.name, self.version, self.settings(TracingSettings))
        self.own(self.tracing)
        super().__init__(title=self.name, version=self.version, lifespan=self._running)
        self._inner: ASGIApp = super().__call__
        self.serve(self.metrics.router())
        for feature in blueprint.features:
            feature.install(self)

    @property
    def name(self) -> str:
        return self.blueprint.name

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await super().__call__(scope, receive, send)
        else:
            await self._entry(scope, receive, send)

    @cached_property
    def _entry(self) -> ASGIApp:
        limit = self.settings(ServiceSettings).body_limit_bytes
        quiet = {route.raw_path for route in self.routes if route.quiet}
        inner = BodyLimit(self._inner, limit)
        return Observe(inner, self.metrics, self.tracing, quiet=quiet)

    def settings(self, kind: type[AnySettings]) -> AnySettings:
        """The settings of this kind, read at the start."""
        return self._configuration[kind]

    def include(self, *routers: Router) -> None:
        """Answer what these routers declare."""
        for router in routers:
            self.serve(router)

    def wrap(self, middleware: Callable[[ASGIApp], ASGIApp]) -> None:
        """Put pure ASGI middleware around the routes, inside logs, metrics and limits.

        What it raises becomes a problem document, as from a handler; the last one is outermost.
        What it adds to `scope["extra_headers"]` is sent with every answer, a problem's too.
        """
        self._inner = middleware(self._inner)

    def own(self, resource: Resource) -> None:
        """Open this resource at the start, close it at the stop, ping it for readiness."""
        self.resources[type(resource)] = resource

    def disown(self, kind: type[Resource]) -> None:
        """Do without the resource of this kind, if a feature brought one."""
        self.resources.pop(kind, None)

    def resource(self, kind: type[AnyResource]) -> AnyResource:
        """The one resource of this kind that the application owns."""
        resource = self.resources[kind]
        assert isinstance(resource, kind)
        return resource

    def command(self, name: str, run: Command) -> None:
        """Offer `python -m <package> <name> …`; the command returns its exit code."""
        self.commands[name] = run

    async def listening(self) -> None:
        """The server accepts connections: tell the resources that told nobody before."""
        log.info("service.listening", version=self.version)
        await self._tell_all(resource.listening for resource in self.resources.values())

    async def drain(self) -> None:
        """Stop being ready, leave the registry, and stay open while others take notice."""
        self.stopping = True
        log.info("service.stopping")
        await self._tell_all(resource.draining for resource in self.resources.values())
        await asyncio.sleep(self.settings(ServiceSettings).drain_seconds)

    async def _tell_all(self, calls: Iterable[Callable[[], Awaitable[None]]]) -> None:
        for result in await asyncio.gather(*(call() for call in calls), return_exceptions=True):
            if isinstance(result, BaseException):
                log.error("resource.failed", exc_info=result)

    @asynccontextmanager
    async def _running(self, _: NexiosApp) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            try:
                declared: list[Declared] = [*self.routes, *self.websocket_routes]
                require_policies(declared, authenticated=self.authenticator is not None)
                for resource in self.resources.values():
                    await stack.enter_async_context(resource)
            except CannotStart as error:
                log.error("service.start_failed", reason=str(error))
                raise
            except Exception:
                log.exception("service.start_failed")  # the server would print only its message
                raise
            self.started_at = datetime.now(UTC)
            yield
            self.stopping = True
        log.info("service.stopped")
