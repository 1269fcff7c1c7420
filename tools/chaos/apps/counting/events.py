"""What is published, and what a reader does: keep every number, and whether it came in order."""

from __future__ import annotations

import os
import random
import signal

from ..chassis.database import Transaction
from ..chassis.events import Event, Subscriptions
from . import repository


class Counted(Event, type="chaos.counter.counted.v1", subject="key"):
    """A counter has reached the next number."""

    key: str
    n: int


class Poisoned(Event, type="chaos.counter.poisoned.v1", subject="key"):
    """Whoever handles this dies of it."""

    key: str


class Unlucky(Exception):
    """A handler fails now and then."""


def subscriptions(failing: float) -> Subscriptions:
    """The handlers, of which a share fails once it has had its effect."""
    subscriptions = Subscriptions()

    @subscriptions.subscribe(Counted)
    async def follow(event: Counted, tx: Transaction) -> None:
        await repository.follow(tx, event.key, event.n)
        if random.random() < failing:
            raise Unlucky(f"{event.key} {event.n}")

    @subscriptions.subscribe(Poisoned)
    async def die(event: Poisoned) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    return subscriptions
