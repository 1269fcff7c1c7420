"""Is it alive, is it ready, has it started, and what is it: the routes that operators ask.

`/health/live`     200 while the process answers
`/health/ready`    200 `ok` or `degraded`; 503 `fail`: an essential resource is away, or we stop
`/health/startup`  200 once everything is open, 503 before
`/health`          service, version and status        `/info`  what exactly runs here
"""

from __future__ import annotations

import asyncio
import importlib.metadata
import platform
import re
from dataclasses import dataclass
from time import perf_counter
from typing import Final

import structlog
from nexios.http import Request, Response

from .application import Application
from .http import Reply, answer
from .policy import PUBLIC
from .resource import Resource
from .routing import Router
from .settings import ServiceSettings, Settings

SETTINGS: Final[tuple[type[Settings], ...]] = ()

log = structlog.get_logger()


def install(app: Application) -> None:
    router = Router(policy=PUBLIC)
    told: Told = {}

    @router.get("/health", exclude_from_schema=True, quiet=True)
    async def health(request: Request, response: Response) -> Reply:
        status, _ = await readiness(app, told)
        return answer({"service": app.name, "version": app.version, "status": status})

    @router.get("/health/live", exclude_from_schema=True, quiet=True)
    async def live(request: Request, response: Response) -> Reply:
        return answer({"status": "ok"})

    @router.get("/health/ready", exclude_from_schema=True, quiet=True)
    async def ready(request: Request, response: Response) -> Reply:
        status, checks = await readiness(app, told)
        named = {check.resource.name: check.document for check in checks}
        return answer({"status": status, "checks": named}, 503 if status == "fail" else 200)

    @router.get("/health/startup", exclude_from_schema=True, quiet=True)
    async def startup(request: Request, response: Response) -> Reply:
        started = app.started_at is not None
        return answer({"status": "ok" if started else "fail"}, 200 if started else 503)

    @router.get("/info", exclude_from_schema=True)
    async def info(request: Request, response: Response) -> Reply:
        return answer(_info(app))

    app.include(router)


@dataclass(frozen=True, slots=True)
class Check:
    """What one ping of one resource found."""

    resource: Resource
    reason: str | None
    ms: float

    @property
    def document(self) -> dict[str, object]:
        return {"status": "fail" if self.reason else "ok", "ms": self.ms}


Told = dict[Resource, str | None]  # what was last logged of each resource


async def readiness(app: Application, told: Told) -> tuple[str, list[Check]]:
    """The verdict over all resources (`ok`, `degraded` or `fail`), and every check behind it."""
    checks = await asyncio.gather(*(_check(resource) for resource in app.resources.values()))
    for check in checks:
        _tell_news(check, told)
    broken = [check for check in checks if check.reason]
    if app.stopping or app.started_at is None or any(one.resource.essential for one in broken):
        return "fail", checks
    return "degraded" if broken else "ok", checks


async def _check(resource: Resource) -> Check:
    begun = perf_counter()
    reason = None
    try:
        async with asyncio.timeout(resource.ping_seconds):
            await resource.ping()
    except Exception as error:  # the border: whatever a ping raises is the answer
        reason = str(error) or type(error).__name__
    return Check(resource, reason, round((perf_counter() - begun) * 1000, 2))


def _tell_news(check: Check, told: Told) -> None:
    """Log what changed: an outage is one line at its begin and one at its end."""
    name, before = check.resource.name, told.get(check.resource)
    if check.reason and check.reason != before:
        log.warning("health.failed", resource=name, reason=check.reason)
    elif before and not check.reason:
        log.info("health.recovered", resource=name)
    told[check.resource] = check.reason


def _info(app: Application) -> dict[str, object]:
    requirements = importlib.metadata.requires(app.name) or []
    names = sorted({re.split(r"[^A-Za-z0-9._-]", one, maxsplit=1)[0] for one in requirements})
    return {
        "name": app.name,
        "version": app.version,
        "git_sha": app.settings(ServiceSettings).git_sha,
        "template_version": app.blueprint.template_version,
        "started_at": app.started_at,
        "python": platform.python_version(),
        "dependencies": {name: _version(name) for name in names},
    }


def _version(distribution: str) -> str | None:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:  # meant for another platform
        return None
