"""An entry that was found to be an event of ours, with its handler."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from .delivery import Delivery
from .envelope import Envelope
from .event import Event
from .tallies import TypeTally


class Opened(NamedTuple):
    """Ready to be handled; `handler` takes the event, and the transaction if it is in one."""

    delivery: Delivery
    envelope: Envelope
    event: Event
    handler: Callable[..., Awaitable[None]]
    in_transaction: bool
    tally: TypeTally
