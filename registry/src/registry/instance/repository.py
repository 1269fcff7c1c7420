"""Where the truth about all instances lies: in this process, or in Valkey for many replicas.

The truth changes in steps: whoever changes an instance says which revision of it was read, and is
refused with Stale if it has another one by now.  What comes of each step is seen in `view`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from .models import Checks, Departure, Instance
from .view import View


class Stale(Exception):
    """Somebody else changed this instance since it was read: read and decide again."""


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What stays of an instance that left: enough to know its late messages by."""

    id: str
    secret_digest: bytes


class Repository(Protocol):
    """Every method but `view` may raise Unavailable: then nothing has happened."""

    @property
    def view(self) -> View: ...

    async def save(self, instance: Instance) -> Instance:
        """Keep it, new (revision 0) or changed; the answer has its new revision.

        Raises Stale if it is not what it was, or if another one came to its place.
        """
        ...

    async def remove(self, instance: Instance, why: Departure) -> int:
        """Forget it, with a tombstone if it left; the answer is the revision. Raises Stale."""
        ...

    async def tombstone(self, key: str) -> Tombstone | None:
        """What stays of whoever left with this id, or was the last to leave this place."""
        ...

    async def catch_up(self) -> None:
        """Return when the view shows everything that was done before this call, by anybody."""
        ...

    async def beat(self, id: str) -> None:
        """Write down a heartbeat."""
        ...

    async def beats(self) -> Mapping[str, float]:
        """The heartbeats since the last time, with their moments; for the one who keeps watch."""
        ...

    async def watching(self) -> bool:
        """Whether this replica is the one that keeps watch, now and for a moment more."""
        ...

    async def share(self, checks: Checks) -> None:
        """Show every replica what checks found."""
        ...


def place(name: str, url: str) -> str:
    """The key of a place; no id looks like it."""
    return f"{name} {url}"
