"""Asks the registry what is new, and waits for its answer until there is something."""

from __future__ import annotations

import asyncio
import random
from typing import ClassVar, Final

import structlog
from pydantic import ValidationError

from ..chassis import deferred
from ..chassis.client import ClientSettings
from ..chassis.database import Database
from ..chassis.deferred import aiohttp
from ..chassis.errors import ServiceError
from ..chassis.resource import Resource
from . import service
from .models import View

_WAIT_SECONDS: Final = 20
_AWAY_SECONDS: Final = 2.0

log = structlog.get_logger()


class StackWatch(Resource):
    """From when the service listens until it stops; the registry's absence harms nobody."""

    name: ClassVar[str] = "stack-watch"

    def __init__(self, database: Database, settings: ClientSettings) -> None:
        self._database = database
        self._url = settings.registry_url
        self._token = settings.registry_token
        self._away = False
        self._task: asyncio.Task[None] | None = None

    async def listening(self) -> None:
        if self._url is not None:
            self._task = asyncio.create_task(self._watch(self._url), name="stack-watch")

    async def __aexit__(self, *error: object) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _watch(self, url: str) -> None:
        await deferred.load("aiohttp")
        token = self._token.get_secret_value() if self._token else None
        async with aiohttp.ClientSession(
            url.rstrip("/") + "/",
            headers={"authorization": f"Bearer {token}"} if token else {},
            timeout=aiohttp.ClientTimeout(total=_WAIT_SECONDS + 10),
            raise_for_status=True,
        ) as session:
            seen: int | None = None
            while True:
                try:
                    view = await _ask(session, seen)
                    await service.learn(self._database, view)
                    seen, self._away = view.revision, False
                except (aiohttp.ClientError, TimeoutError, ValidationError, ServiceError) as error:
                    if not self._away:
                        log.warning("stack.not_seen", reason=str(error) or type(error).__name__)
                    self._away, seen = True, None
                    await asyncio.sleep(_AWAY_SECONDS * random.uniform(0.5, 1.5))


async def _ask(session: aiohttp.ClientSession, seen: int | None) -> View:
    """What the registry knows, as soon as it is not what was seen."""
    query = {} if seen is None else {"index": str(seen), "wait": f"{_WAIT_SECONDS}s"}
    async with session.get("services", params=query) as response:
        return View.model_validate_json(await response.read())
