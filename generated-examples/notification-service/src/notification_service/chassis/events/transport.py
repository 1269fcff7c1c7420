"""What carries events between services, and what it and the rest of this package agree on.

A transport keeps a topic in PARTITIONS parts.  Each part is with one process of a group at a time,
which gets its entries in order: those that were begun and never finished before any new one.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from .envelope import Envelope, Fields
from .lanes import Intake


class Sender(Protocol):
    """A way in for one topic, that is broken for ever once something failed on it."""

    async def send(self, envelopes: Sequence[Envelope]) -> None:
        """Add them in this order; raises TransportAway, and TopicFull where no more is taken."""
        ...

    async def settled(self) -> int:
        """How many of those that were sent, from the first on, survive a crash of the server."""
        ...


class Consumer(Protocol):
    """One process of a group that reads one topic."""

    async def run(self) -> None:
        """Take parts of the topic and hand their entries on, until stopped."""
        ...

    async def stop(self, seconds: float) -> None:
        """Read no more, wait so long for what is in hand, and leave the parts to others."""
        ...

    @property
    def held(self) -> int:
        """How many parts are with this process."""
        ...


@dataclass(frozen=True, slots=True)
class Lag:
    """How far a group is behind; `oldest` is the time of the first that it has not handled."""

    topic: str
    group: str
    unread: int
    pending: int
    dead: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An event that was given up, where it lies, and why."""

    id: str
    time: datetime
    reason: str
    attempts: int
    fields: Fields


class DeadLetters(Protocol):
    """What one group has given up of one topic."""

    def list(self) -> AsyncIterator[DeadLetter]:
        """All of them, the oldest of each part first."""
        ...

    async def replay(self, ids: Collection[str]) -> int:
        """Hand them to the group once more; how many there were."""
        ...

    async def purge(self, ids: Collection[str]) -> int:
        """Delete them for good; how many there were."""
        ...


class Transport(Protocol):
    """Durable, in order for each subject, to every group, at least once."""

    async def ping(self) -> None:
        """Raise if it does not answer now."""
        ...

    def sender(self, topic: str) -> AbstractAsyncContextManager[Sender]: ...

    def consumer(self, topic: str, group: str, intake: Intake) -> Consumer: ...

    async def lag(self, topic: str) -> Sequence[Lag]:
        """Every group that reads this topic."""
        ...

    def dead_letters(self, topic: str, group: str) -> DeadLetters: ...

    async def trim(self, topic: str, keep: timedelta) -> int:
        """Forget what every group has handled and is older than that; how many there were."""
        ...

    async def forget(self, topic: str, group: str) -> None:
        """The group reads this topic no more, and nothing is kept for it."""
        ...
