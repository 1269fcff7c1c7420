"""Asks every service for its OpenAPI document, and asks again where the service is another one."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Mapping
from typing import Any, ClassVar, Final, Self

import aiohttp
import structlog
from pydantic_core import to_json

from ..chassis.application import Application
from ..chassis.resource import Resource
from ..routing.discovery import Discovery
from ..routing.snapshot import HEALTHY, KnownInstance
from ..routing.table import RouteTable
from ..settings import DocumentSettings
from .merging import Json, merge

PUBLIC: Final = "/api"
_LARGEST: Final = 4 * 1024 * 1024
_RETRY_SECONDS: Final = 10.0
_CALL_SECONDS: Final = 5.0

log = structlog.get_logger()


class Documents(Resource):
    """`json` is the document of all services as they are now."""

    name: ClassVar[str] = "documents"

    def __init__(self, app: Application, discovery: Discovery) -> None:
        self._discovery = discovery
        self._gather_seconds = app.settings(DocumentSettings).gather_seconds
        self._info: Json = {
            "title": app.name,
            "version": app.version,
            "description": "All that the services behind this gateway answer.",
        }
        self._found: dict[str, tuple[object, Json]] = {}
        self._failed: dict[str, str] = {}
        self._table: RouteTable | None = None
        self._json = self._merged(RouteTable())

    def json(self) -> bytes:
        return self._json

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=_CALL_SECONDS), raise_for_status=True
        )
        self._collector = asyncio.create_task(self._collect(), name="documents")
        return self

    async def __aexit__(self, *error: object) -> None:
        self._collector.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._collector
        await self._session.close()

    async def _collect(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_RETRY_SECONDS if self._failed else None):
                    await self._discovery.changed.wait()
            await asyncio.sleep(self._gather_seconds)
            self._discovery.changed.clear()
            if self._discovery.table is not None:
                await self._refresh(self._discovery.table)

    async def _refresh(self, table: RouteTable) -> None:
        """Ask those that are new or not what they were; who does not answer keeps what it said."""
        self._found = {name: one for name, one in self._found.items() if name in table.published}
        self._failed = {name: one for name, one in self._failed.items() if name in table.published}
        asked = [self._ask(name, one.known) for name, one in table.published.items()]
        fresh = any(await asyncio.gather(*asked))
        if fresh or table is not self._table:
            self._table = table
            self._json = self._merged(table)

    async def _ask(self, service: str, known: tuple[KnownInstance, ...]) -> bool:
        healthy = [one for one in known if one.state == HEALTHY]
        if not healthy:
            return False
        newest = healthy[-1]  # the one that registered last is the newest version
        mark = (newest.id, newest.version, newest.metadata)
        if self._found.get(service, (None,))[0] == mark:
            return False
        try:
            document = await self._fetch(newest.url)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            self._miss(service, str(error) or type(error).__name__)
            return False
        self._failed.pop(service, None)
        self._found[service] = (mark, document)
        return True

    def _miss(self, service: str, reason: str) -> None:
        if service not in self._failed:
            log.info("documents.missing", upstream=service, reason=reason)
        self._failed[service] = reason

    async def _fetch(self, url: str) -> Json:
        async with self._session.get(f"{url}/openapi.json", allow_redirects=False) as response:
            content = bytearray()
            async for chunk in response.content.iter_any():
                content += chunk
                if len(content) > _LARGEST:
                    raise ValueError(f"the document is larger than {_LARGEST} bytes")
        document: Any = json.loads(content)
        if not isinstance(document, dict) or not str(document.get("openapi")).startswith("3.1"):
            raise ValueError("this is no OpenAPI 3.1 document")
        return document

    def _merged(self, table: RouteTable) -> bytes:
        def owner_of(path: str) -> str | None:
            route = table.owner_of(path.partition("/{")[0])
            return route.service if route else None

        documents: Mapping[str, Json] = {name: self._found[name][1] for name in sorted(self._found)}
        return to_json(merge(documents, info=self._info, public=PUBLIC, owner_of=owner_of))
