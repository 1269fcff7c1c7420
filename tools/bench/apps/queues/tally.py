"""What every program here shares: what it is told, and how it tells what it measured."""

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator

URL = os.environ["REDIS_URL"]
EVENTS = int(os.environ["EVENTS"])
HANDLER_SECONDS = float(os.environ.get("HANDLER_SECONDS", "0"))
RATE = float(os.environ.get("RATE", "0"))
BATCH = 100


class Tally:
    """Counts what a consumer handles, and says how long it took from the first to the last."""

    def __init__(self) -> None:
        self.count = 0
        self.first = 0.0
        self.delays: list[float] = []
        self.complete = asyncio.Event()

    async def handle(self, sent_at: float) -> None:
        """The work of a handler: nothing, or a wait."""
        if not self.count and not self.first:
            self.first = time.perf_counter()
        if HANDLER_SECONDS:
            await asyncio.sleep(HANDLER_SECONDS)
        self.delays.append(time.time() - sent_at)
        self.count += 1
        if self.count == EVENTS:
            seconds = time.perf_counter() - self.first
            tell(seconds=seconds, delays=self.delays, at=time.time())
            self.complete.set()


def tell(**figures: object) -> None:
    """One line that the bench finds among others."""
    print("TALLY " + json.dumps(figures), flush=True)


async def paced() -> AsyncIterator[int]:
    """The numbers of the events, as fast as they are taken or at an even rate."""
    begun = time.perf_counter()
    for number in range(EVENTS):
        if RATE:
            await asyncio.sleep(max(0.0, begun + number / RATE - time.perf_counter()))
        yield number
    tell(seconds=time.perf_counter() - begun)
