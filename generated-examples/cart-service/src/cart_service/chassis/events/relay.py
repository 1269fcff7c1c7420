"""The way from the outbox to the transport, safe with any number of replicas.

Whoever sends the rows of a shard holds its lock, in a session of its own, as long as there is
something of it on its way: it sends whatever is committed meanwhile, at once, and deletes the rows
of what would survive a crash of the transport's server.  So the next one to get the lock finds
nothing that was sent already.  Unless the sender ended before, by kill -9 or as its time was over:
those rows are sent again, and the inbox of whoever has handled them knows their ids.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from typing import Final

import structlog

from ..chaos import Chaos
from ..database import Database, Transaction
from ..errors import ServiceError
from . import outbox
from .delivery import TransportAway
from .metrics import RelayMetrics
from .transport import Sender, Transport

_POLL_SECONDS: Final = 0.25  # for rows of other replicas, and of those that died before they told
_LAST_SECONDS: Final = 0.8  # to bring away what is there at the stop
_SETTLING_SECONDS: Final = 0.6  # of these, to wait until it is safe
_SILENCE_SECONDS: Final = 10.0  # more than the pauses between two questions to PostgreSQL
_BATCH: Final = 500
_MOST_UNSETTLED: Final = 5000

log = structlog.get_logger()


class Relay:
    """Sends what this service's transactions published, in their order."""

    def __init__(
        self, database: Database, transport: Transport, topic: str, metrics: RelayMetrics
    ) -> None:
        self._database = database
        self._transport = transport
        self._topic = topic
        self._metrics = metrics
        self._wake = asyncio.Event()
        self._end: float | None = None  # when to end at the latest
        self._away = False
        self._sent: deque[int] = deque()  # by the sender in use, and not yet deleted
        self._removed = 0  # of what the sender in use sent
        database.announcements.listen(outbox.ANNOUNCEMENT, self._wake.set)

    def stop(self) -> None:
        """End soon: with nothing left to send, or leaving it to another replica."""
        self._end = asyncio.get_running_loop().time() + _LAST_SECONDS
        self._wake.set()

    async def run(self) -> None:
        """Send until stopped; while PostgreSQL or the transport is away, look now and then."""
        while True:
            try:
                await self._send()
            except (ServiceError, TransportAway) as error:
                self._went(error)
            except Exception:  # the border: a mistake of ours must not end the relay
                log.exception("relay.failed")
            if self._end is not None:
                return
            await self._woken(random.uniform(1.0, 2.0) * _POLL_SECONDS)

    async def _send(self) -> None:
        if await self._nothing_to_do():
            return
        async with self._transport.sender(self._topic) as sender:
            self._sent.clear()
            self._removed = 0
            while not self._over:
                await self._bring_away(sender)
                self._came_back()
                if self._end is not None:
                    return
                await self._woken(_POLL_SECONDS)

    async def _bring_away(self, sender: Sender) -> None:
        """Send what is there, and what comes until all of it is safe and deleted."""
        async with self._database.connection() as connection:
            shards = await outbox.claim(connection, _SILENCE_SECONDS)
            while shards and not Chaos.faults.drop_events:
                more = not self._closing and await self._send_batch(connection, sender, shards)
                if not self._sent:
                    return
                if safe := await sender.settled() - self._removed:
                    Chaos.point("outbox.sent")
                    await outbox.remove(connection, [self._sent.popleft() for _ in range(safe)])
                    self._removed += safe
                elif self._over:
                    return
                elif not more:
                    await self._woken(_POLL_SECONDS if self._end is None else _POLL_SECONDS / 10)

    @property
    def _closing(self) -> bool:
        """Whether it is time to wait for what is on its way, and to send nothing more."""
        left = None if self._end is None else self._end - asyncio.get_running_loop().time()
        return left is not None and left < _SETTLING_SECONDS

    @property
    def _over(self) -> bool:
        return self._end is not None and asyncio.get_running_loop().time() > self._end

    async def _send_batch(self, connection: Transaction, sender: Sender, shards: list[int]) -> bool:
        """Whether there may be more."""
        limit = min(_BATCH, _MOST_UNSETTLED - len(self._sent))
        rows = await outbox.unsent(connection, shards, self._sent, limit)
        if rows:
            await sender.send([outbox.envelope_of(row, self._topic) for row in rows])
            self._sent.extend(row["seq"] for row in rows)
            self._metrics.sent.inc(len(rows))
        return len(rows) == limit > 0

    async def _nothing_to_do(self) -> bool:
        async with self._database.connection() as connection:
            return await outbox.is_empty(connection)

    async def _woken(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return
        self._wake.clear()

    def _went(self, error: Exception) -> None:
        if not self._away:
            log.warning("relay.waiting", reason=str(error))
        self._away = True

    def _came_back(self) -> None:
        if self._away:
            log.info("relay.sending")
        self._away = False
