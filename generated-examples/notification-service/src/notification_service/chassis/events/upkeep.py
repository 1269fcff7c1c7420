"""What has to be done from time to time: trim, forget, and look how far behind we are."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Collection
from datetime import timedelta
from typing import Final

import structlog

from ..database import Database
from ..errors import ServiceError
from . import inbox, outbox
from .delivery import TransportAway
from .envelope import private
from .metrics import LagMetrics, RelayMetrics
from .transport import Transport

_SECONDS: Final = 15.0
_PRUNED: Final = 5000

log = structlog.get_logger()


class Upkeep:
    """Keeps the streams and the inbox short, and the gauges up to date."""

    def __init__(
        self,
        service: str,
        database: Database,
        transport: Transport,
        relay: RelayMetrics,
        lag: LagMetrics,
        *,
        keep_hours: float,
        inbox_hours: float,
    ) -> None:
        self._service = service
        self._database = database
        self._transport = transport
        self._relay = relay
        self._lag = lag
        self._keep = timedelta(hours=keep_hours)
        self._inbox_hours = inbox_hours

    async def run(self, topics: Collection[str], stop: asyncio.Event) -> None:
        """Do it every quarter of a minute until stopped; what fails is for the next time."""
        while not stop.is_set():
            try:
                await self.once(topics)
            except (TransportAway, ServiceError) as error:
                log.debug("events.upkeep_waits", reason=str(error))
            except Exception:  # the border: a mistake of ours must not end it
                log.exception("events.upkeep_failed")
            try:
                async with asyncio.timeout(random.uniform(0.8, 1.2) * _SECONDS):
                    await stop.wait()
            except TimeoutError:
                continue

    async def once(self, topics: Collection[str]) -> None:
        async with self._database.connection() as connection:
            await inbox.prune(connection, self._inbox_hours, _PRUNED)
            backlog = await outbox.backlog(connection)
        self._relay.rows.set(backlog.rows)
        waited = time.time() - backlog.oldest.timestamp() if backlog.oldest else 0.0
        self._relay.oldest.set(max(waited, 0.0))
        for topic in topics:
            for lag in await self._transport.lag(topic):
                if lag.group == self._service:
                    self._lag.show(lag, time.time())
        for topic in (self._service, private(self._service)):
            await self._transport.trim(topic, self._keep)
