"""Events that are handled in transactions: as many together as there are.

A lane brings a run of events; the runs of other lanes that wait go into the same transaction.
Where one of them fails all are rolled back, and handled again with a savepoint each, and so is what
comes in the next seconds: then the one that fails is rolled back alone, what stands behind it in
its lane waits, and the others commit.  Where even that cannot be committed, the first event of
every run is tried alone.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from asyncpg import InFailedSQLTransactionError

from ..chaos import Chaos
from ..database import Database, Transaction
from ..errors import Unavailable
from . import inbox
from .batch import Batch, Careless, Part
from .delivery import Interrupted, Outcome
from .opened import Opened

_MOST_EVENTS: Final = 100
_SLICE_SECONDS: Final = 0.05  # a batch that lasts longer leaves the rest to the next one
_SLOW_SECONDS: Final = 0.002  # a handler that takes longer waits for something: others may begin
_CAREFUL_SECONDS: Final = 5.0  # with savepoints, after something failed
_MOST_BLAMED: Final = 2

Call = Callable[[Opened, Transaction], Awaitable[None]]


class Batches:
    """At most `most` transactions at a time, and more than one only while handlers are slow."""

    def __init__(self, database: Database, consumer: str, call: Call, *, most: int) -> None:
        self._database = database
        self._consumer = consumer
        self._call = call
        self._most = most
        self._waiting: deque[Part] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        self._careful_until = 0.0
        self._size = _MOST_EVENTS  # of the next batch: what is claimed in vain costs as well
        self._moved = 0.0  # when an event was last handled, or a batch begun
        self._later: asyncio.TimerHandle | None = None

    async def handle(self, run: Sequence[Opened]) -> Outcome:
        """Handle these in order, until one fails."""
        loop = asyncio.get_running_loop()
        part = Part(run, loop.create_future())
        self._waiting.append(part)
        self._begin(loop)
        return await part.told

    def _begin(self, loop: asyncio.AbstractEventLoop) -> None:
        if not self._waiting or len(self._tasks) >= self._most:
            return
        rest = self._moved + _SLOW_SECONDS - loop.time()
        if self._tasks and rest > 0:
            if self._later is None:
                self._later = loop.call_later(rest, self._begin_later, loop)
            return
        self._moved = loop.time()
        task = loop.create_task(self._work_off())
        self._tasks.add(task)
        task.add_done_callback(lambda ended: self._ended(ended, loop))

    def _begin_later(self, loop: asyncio.AbstractEventLoop) -> None:
        self._later = None
        self._begin(loop)

    def _ended(self, task: asyncio.Task[None], loop: asyncio.AbstractEventLoop) -> None:
        self._tasks.discard(task)
        self._begin(loop)

    async def _work_off(self) -> None:
        await asyncio.sleep(0)  # lanes that begin in the same moment bring theirs
        parts: list[Part] = []
        count = 0
        while self._waiting and count < self._size:
            part = self._waiting.popleft()
            if not part.told.cancelled():  # else its lane is closed
                parts.append(part)
                part.most = self._size - count
                count += len(part.left)
        if not parts:
            return
        now = asyncio.get_running_loop().time()
        batch = Batch(parts, now, careful=now < self._careful_until)
        try:
            await self._commit(batch)
            handled = sum(part.done for part in parts)
            managed = handled if handled < count else self._size
            self._size = max(1, min(_MOST_EVENTS, 2 * managed))
        except BaseException as error:
            for part in parts:
                part.done, part.error = 0, Interrupted(f"the batch ended: {error!r}")
            if not isinstance(error, Exception):
                raise
        finally:
            self._waiting.extendleft(part for part in reversed(parts) if not part.tell())

    async def _commit(self, batch: Batch) -> None:
        try:
            async with self._database.transaction() as tx:
                await self._handle(batch, tx)
        except Careless:
            now = asyncio.get_running_loop().time()
            self._careful_until = now + _CAREFUL_SECONDS
            for part in batch.parts:
                part.done = 0
            await self._commit(Batch(batch.parts, now, careful=True))
        except Unavailable as error:
            self._interrupted(batch, error)
        except Exception as error:
            await self._alone(batch, error)
        else:
            Chaos.point("inbox.committed")

    async def _handle(self, batch: Batch, tx: Transaction) -> None:
        ids = {one.envelope.id for part in batch.parts for one in part.left}
        claimed = await inbox.claim(tx, self._consumer, ids)
        batch.fresh = set(claimed)
        if batch.careful:
            await tx.execute("SAVEPOINT event")
        for part in batch.parts:
            await self._handle_part(batch, part, tx)
        done = {one.envelope.id for part in batch.parts for one in part.left[: part.done]}
        if not batch.careful:
            await self._require_sound(tx)
        if undone := claimed - done:
            await inbox.unclaim(tx, self._consumer, undone)

    async def _handle_part(self, batch: Batch, part: Part, tx: Transaction) -> None:
        loop = asyncio.get_running_loop()
        for one in part.left:
            self._moved = loop.time()
            if self._moved - batch.begun > _SLICE_SECONDS and batch.running is not None:
                return
            if one.envelope.id in batch.fresh:
                batch.running = one
                try:
                    await self._call(one, tx)
                    if batch.careful:
                        await tx.execute("RELEASE SAVEPOINT event; SAVEPOINT event")
                except Exception as error:
                    if not batch.careful:
                        raise Careless from error
                    await tx.execute("ROLLBACK TO SAVEPOINT event")
                    part.error = error
                    return
                batch.fresh.discard(one.envelope.id)
            else:
                one.tally.ended["duplicate"] += 1
            part.done += 1

    async def _require_sound(self, tx: Transaction) -> None:
        """Where a handler swallowed an error, PostgreSQL would roll back and call it a commit."""
        try:
            await tx.execute("SELECT")
        except InFailedSQLTransactionError as error:
            raise Careless from error

    def _interrupted(self, batch: Batch, error: Unavailable) -> None:
        """PostgreSQL went away: nobody's fault, unless it goes whenever one event is handled."""
        for part in batch.parts:
            part.done, part.error = 0, Interrupted(str(error))
            first = part.left[0]
            if first is batch.running and first.delivery.blamed >= _MOST_BLAMED:
                part.error = ConnectionError("the connection to PostgreSQL broke under its handler")
        if batch.running is not None:
            batch.running.delivery.blamed += 1

    async def _alone(self, batch: Batch, error: Exception) -> None:
        if len(batch.parts) == 1 and len(batch.parts[0].left) == 1:
            [part] = batch.parts
            part.done = 0
            part.error = error if batch.running else Interrupted(str(error))
            return
        for part in batch.parts:
            now = asyncio.get_running_loop().time()
            single = Batch([Part(part.left[:1], part.told, most=1)], now, careful=True)
            await self._commit(single)
            part.done, part.error = single.parts[0].done, single.parts[0].error
