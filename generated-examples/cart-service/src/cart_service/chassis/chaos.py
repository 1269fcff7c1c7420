"""Faults on demand, to see how a service and its callers bear them; in development only.

`PUT /_chaos` replaces all switches at once, `PUT /_chaos {}` turns everything off, `GET /_chaos`
shows them.  Outside development neither exists, and no point ever ends the process.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
from typing import ClassVar, Final

import structlog
from nexios.http import Request, Response
from nexios.types import ASGIApp, Receive, Scope, Send
from pydantic import BaseModel, ConfigDict, Field

from .application import Application
from .errors import ServiceError
from .http import Reply, answer, body
from .policy import PUBLIC
from .routing import Router
from .settings import ServiceSettings, Settings

SETTINGS: Final[tuple[type[Settings], ...]] = ()

_SPARED: Final = frozenset({"/health", "/metrics", "/_chaos"})
_KILL: Final = getattr(signal, "SIGKILL", signal.SIGTERM)  # Windows ends a process at once for any

log = structlog.get_logger()


class Faults(BaseModel):
    """The switches, all off by default."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    latency_ms: int = Field(default=0, ge=0, le=60_000)
    error_rate: float = Field(default=0.0, ge=0, le=1)
    status: int = Field(default=503, ge=400, le=599)
    drop_events: bool = False
    crash_at: str | None = Field(default=None, min_length=1, max_length=100)


class FaultInjected(ServiceError):
    """An error that was asked for."""

    code = "fault-injected"

    def __init__(self, status: int) -> None:
        super().__init__("this error was asked for at /_chaos", headers={"retry-after": "1"})
        self.status = status  # type: ignore[misc]  # one class, any status


class Chaos:
    """The faults of this process; one that sends events asks `Chaos.faults.drop_events`."""

    faults: ClassVar[Faults] = Faults()

    @classmethod
    def point(cls, name: str) -> None:
        """A place where the process ends as `kill -9` ends it, if it is the one to crash at."""
        if cls.faults.crash_at == name:
            os.kill(os.getpid(), _KILL)


def install(app: Application) -> None:
    Chaos.faults = Faults()
    if not app.settings(ServiceSettings).in_development:
        return
    router = Router(policy=PUBLIC)

    @router.get("/_chaos", policy=PUBLIC, exclude_from_schema=True)
    async def show(request: Request, response: Response) -> Reply:
        return answer(Chaos.faults)

    @router.put("/_chaos", policy=PUBLIC, exclude_from_schema=True)
    async def replace(request: Request, response: Response) -> Reply:
        Chaos.faults = await body(request, Faults)
        log.warning("chaos.armed", **Chaos.faults.model_dump())
        return answer(Chaos.faults)

    app.include(router)
    app.wrap(Disturb)


class Disturb:
    """Delay every request, and fail some, as the switches say; operators' routes are spared."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not _spared(scope["path"]):
            faults = Chaos.faults
            if faults.latency_ms:
                await asyncio.sleep(faults.latency_ms / 1000)
            if random.random() < faults.error_rate:
                raise FaultInjected(faults.status)
        await self._app(scope, receive, send)


def _spared(path: str) -> bool:
    return path in _SPARED or path.startswith("/health/")
