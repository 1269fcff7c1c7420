"""The way from the outbox to the transport, safe with any number of replicas.

A round holds the locks of its shards for about a second: it sends whatever is committed meanwhile,
at once, and ends when what it sent would survive a crash of the transport's server.  Only then are
the rows deleted.  Whatever ends a round before, kill -9 of anything included, leaves the rows, and
they are sent again: the inbox of whoever has handled them knows their ids.
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
_LAST_SECONDS: Final = 0.7  # to bring away what is there at the stop
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
                progress = await self._round(sender)
                self._came_back()
                if self._sent or progress:
                    continue
                if self._end is not None:
                    return
                await self._woken(_POLL_SECONDS)

    async def _round(self, sender: Sender) -> bool:
        """Send, and delete the first rows that are safe; whether anything was done."""
        async with self._database.transaction() as tx:
            shards = await outbox.claim(tx)
            if not shards:  # another relay sends, and what we did not delete it sends again
                self._removed += len(self._sent)
                self._sent.clear()
            while shards and not Chaos.faults.drop_events:
                more = await self._send_batch(tx, sender, shards)
                if not self._sent:
                    return False
                safe = await sender.settled() - self._removed
                if safe > 0:
                    Chaos.point("outbox.sent")
                    await outbox.remove(tx, [self._sent.popleft() for _ in range(safe)])
                    self._removed += safe
                    return True
                if self._over:
                    return False
                if not more:
                    await self._woken(_POLL_SECONDS if self._end is None else _POLL_SECONDS / 10)
        return False

    @property
    def _over(self) -> bool:
        return self._end is not None and asyncio.get_running_loop().time() > self._end

    async def _send_batch(self, tx: Transaction, sender: Sender, shards: list[int]) -> bool:
        """Whether there may be more."""
        limit = min(_BATCH, _MOST_UNSETTLED - len(self._sent))
        rows = await outbox.unsent(tx, shards, self._sent, limit)
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
