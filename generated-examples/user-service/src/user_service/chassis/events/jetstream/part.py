"""One part of a topic while it is with this process."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Final

from ..delivery import Delivery, TransportAway
from ..lanes import Intake
from . import store
from .headers import attributes_of, headers_of
from .line import Line, Message
from .names import Share
from .progress import Progress
from .store import Outdated

_LONGEST_REASON: Final = 1000


class Part:
    """What is in hand of it, and how far it is: written down before anything is handed on."""

    def __init__(
        self,
        name: str,
        share: Share,
        progress: Progress,
        revision: int,
        *,
        line: Line,
        intake: Intake,
        ring: Callable[[Part], None],
        catch_up: Callable[[], Awaitable[None]],
    ) -> None:
        self.name = name
        self.progress = progress
        self.leaving = False
        self.closed = False
        self.dirty = False
        self.lanes = intake.open(self)
        self._share = share
        self._revision = revision
        self._line = line
        self._ring = ring
        self._catch_up = catch_up
        self._writing = asyncio.Lock()

    async def give(self, messages: Sequence[Message]) -> None:
        """Hand these on, which come in the order of their numbers; raises Outdated if it is lost.

        What was begun before comes with its counts, what was finished before is left out.
        """
        given = self.progress.given
        wanted = [one for one in messages if one.number > given or one.number in self.progress.hand]
        if fresh := [one.number for one in wanted if one.number > given]:
            self.progress.begin(fresh)
            await self.write()
        if not self.closed:
            self.lanes.push([self._delivery(one) for one in wanted])

    async def write(self) -> None:
        """Raises Outdated, and TransportAway."""
        async with self._writing:
            self.dirty = False
            key = self._share.progress(self.name)
            try:
                self._revision = await store.write(
                    self._line.bucket, key, self.progress.encode(), self._revision
                )
            except BaseException:
                self.dirty = True
                raise

    async def resume(self, epoch: str) -> None:
        """After a new connection: go on if it is still ours; raises Outdated if it is not."""
        key = self._share.progress(self.name)
        async with self._writing:
            found = await store.read(self._line.bucket, key)
            if found.data and Progress.decode(found.data).token != self.progress.token:
                raise Outdated(f"{key} is another's")
            self._revision = found.revision
            if self.progress.epoch != epoch:  # the stream was deleted, and is a new one
                self.progress = Progress(epoch, self.progress.token)
        await self.write()

    def done(self, deliveries: Sequence[Delivery]) -> None:
        for one in deliveries:
            self._finish(one)

    async def note(self, delivery: Delivery) -> None:
        await self._catch_up()  # it may end the process, and what was done has no part in that
        entry = self.progress.hand.get(self._number(delivery))
        if entry is not None:
            entry.attempt = delivery.attempt + 1
            await self._write_while_ours()

    async def bury(self, delivery: Delivery, reason: str) -> None:
        facts = {
            "dlq-reason": reason[:_LONGEST_REASON],
            "dlq-attempts": str(delivery.attempt),
            "dlq-time": datetime.now(UTC).isoformat(),
        }
        headers = headers_of(attributes_of(delivery.fields) | facts)
        headers["Nats-Msg-Id"] = f"{self._share.group}/{delivery.id.decode()}"
        subject = self._share.topic.dead_letters(self._share.group)
        await self._line.publish(subject, delivery.fields.get(b"data", b""), headers)
        self._finish(delivery)

    async def _write_while_ours(self) -> None:
        try:
            await self.write()
        except Outdated as error:  # the next read or renewal will find out
            raise TransportAway(str(error)) from error

    def _finish(self, delivery: Delivery) -> None:
        if self.progress.hand.pop(self._number(delivery), None) is not None:
            self.dirty = True
            self._ring(self)

    def _delivery(self, message: Message) -> Delivery:
        entry = self.progress.hand[message.number]
        name = f"{self.progress.epoch}/{message.number}".encode()
        return Delivery(name, message.fields, entry.attempt, entry.suspect)

    def _number(self, delivery: Delivery) -> int:
        """Its number in the stream, or -1 if that stream is no more."""
        epoch, _, number = delivery.id.decode().rpartition("/")
        return int(number) if epoch == self.progress.epoch else -1
