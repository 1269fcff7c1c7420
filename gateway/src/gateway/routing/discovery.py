"""Asks the registry who is there, and keeps the last good answer while it is away."""

from __future__ import annotations

import asyncio
import contextlib
from time import monotonic
from typing import ClassVar, Self

import aiohttp
import structlog

from ..chassis.resource import Resource
from ..settings import RegistrySettings
from .snapshot import Snapshot
from .table import Clash, RouteTable

log = structlog.get_logger()


class Discovery(Resource):
    """`table` is the newest route table, swapped as a whole; None until the registry answered."""

    name: ClassVar[str] = "registry"

    def __init__(self, settings: RegistrySettings) -> None:
        self.table: RouteTable | None = None
        self._settings = settings
        self._snapshot: Snapshot | None = None
        self._awaited: Snapshot | None = None
        self._awaited_until = 0.0
        self._told: frozenset[Clash] = frozenset()
        self._failure: str | None = None

    async def __aenter__(self) -> Self:
        """Ask once before the first request comes, and do not insist on an answer."""
        self._session = aiohttp.ClientSession(
            self._settings.url.rstrip("/") + "/",
            timeout=aiohttp.ClientTimeout(total=self._settings.call_seconds),
            raise_for_status=True,
        )
        await self._poll()
        self._polling = asyncio.create_task(self._run(), name="registry-polls")
        return self

    async def __aexit__(self, *error: object) -> None:
        self._polling.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._polling
        await self._session.close()

    async def ping(self) -> None:
        if self._failure is not None:
            raise ConnectionError(self._failure)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._settings.poll_seconds)
            await self._poll()

    async def _poll(self) -> None:
        try:
            async with self._session.get("services", allow_redirects=False) as response:
                snapshot = Snapshot.model_validate_json(await response.read())
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            self._miss(str(error) or type(error).__name__)
        else:
            self._take(snapshot)

    def _miss(self, reason: str) -> None:
        if self._failure is None:
            log.warning("registry.away", reason=reason)
        self._failure = reason

    def _take(self, snapshot: Snapshot) -> None:
        if self._failure is not None:
            log.info("registry.back", revision=snapshot.revision)
        self._failure = None
        self._notice_restart(snapshot)
        self._snapshot = snapshot
        table = RouteTable.build(self._completed(snapshot), self.table)
        if table != self.table:
            self.table = table
            self._tell(table)

    def _notice_restart(self, snapshot: Snapshot) -> None:
        """A registry that began anew knows nobody yet: whoever it knew gets time to come back."""
        if self._snapshot is not None and snapshot.epoch != self._snapshot.epoch:
            self._awaited = self._completed(self._snapshot)
            self._awaited_until = monotonic() + self._settings.rejoin_seconds
            log.info("registry.restarted", waiting=self._settings.rejoin_seconds)

    def _completed(self, snapshot: Snapshot) -> Snapshot:
        """With those who have not come back yet; who came back is not waited for again."""
        if self._awaited is None:
            return snapshot
        if monotonic() >= self._awaited_until:
            self._awaited = None
            return snapshot
        self._awaited = self._awaited.without(snapshot)
        return snapshot.remembering(self._awaited)

    def _tell(self, table: RouteTable) -> None:
        log.info("routes.changed", prefixes=len(table.routes))
        clashes = frozenset(table.clashes)
        for clash in clashes - self._told:
            log.warning(
                "routes.clash", prefix=clash.prefix, owner=clash.owner, refused=clash.refused
            )
        self._told = clashes
