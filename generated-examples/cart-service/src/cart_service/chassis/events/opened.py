"""An entry that was found to be an event of ours, with its handler."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextvars import Token
from dataclasses import dataclass, field
from time import perf_counter, time

from .delivery import Delivery
from .envelope import Envelope
from .event import Event
from .publishing import cause
from .tallies import TypeTally


@dataclass(slots=True, eq=False)
class Opened:
    """Ready to be handled; `handler` takes the event, and the transaction if it is in one.

    Inside a `with` it is in hand: it is the cause of what is published, and its handler is timed.
    """

    delivery: Delivery
    envelope: Envelope
    event: Event
    handler: Callable[..., Awaitable[None]]
    in_transaction: bool
    tally: TypeTally
    _cause: Token[Envelope | None] = field(init=False)
    _begun: float = field(init=False)

    def __enter__(self) -> None:
        self.tally.age.observe(time() - self.envelope.time.timestamp())
        self._cause = cause.set(self.envelope)
        self._begun = perf_counter()

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        seconds = perf_counter() - self._begun
        cause.reset(self._cause)
        self.tally.seconds.observe(seconds)
        self.tally.ended["failed" if kind else "done"] += 1
