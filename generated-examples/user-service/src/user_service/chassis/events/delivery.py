"""One entry in hand, and what becomes of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from .envelope import Fields


class TransportAway(Exception):
    """The transport does not answer."""


class Interrupted(Exception):
    """It was not handled, and is not to blame: it is tried again, and nothing is counted."""


@dataclass(slots=True, eq=False)
class Delivery:
    """One entry in hand; `attempt` counts from 1.

    A suspect was delivered often and never finished: it may be what ends the process.  `blamed`
    counts the connections to the database that broke under its handler.  Work that is not done in
    one go marks each entry as `handled`, so that it counts even if the next one is interrupted.
    """

    id: bytes
    fields: Fields
    attempt: int = 1
    suspect: bool = False
    blamed: int = 0
    handled: bool = False

    @property
    def key(self) -> bytes:
        """What keeps it in order with others."""
        return self.fields.get(b"subject", b"")

    @property
    def named(self) -> dict[str, object]:
        """What log lines say of it."""
        return {
            "type": self.fields.get(b"type", b"").decode(errors="replace"),
            "event_id": self.fields.get(b"id", b"").decode(errors="replace"),
            "attempt": self.attempt,
        }


class Outcome(NamedTuple):
    """So many of a run are handled, and what stopped the next one, if anything did."""

    done: int
    error: Exception | None = None


Work = Callable[[Sequence[Delivery]], Awaitable[Outcome]]


class Hold(Protocol):
    """A partition as the transport holds it; the last two raise TransportAway."""

    def done(self, deliveries: Sequence[Delivery]) -> None:
        """They are handled: acknowledge them soon."""
        ...

    async def note(self, delivery: Delivery) -> None:
        """Remember the number of its attempt beyond the end of this process."""
        ...

    async def bury(self, delivery: Delivery, reason: str) -> None:
        """Put it among the dead letters, and acknowledge it."""
        ...
