"""A reader is asked to stop while it is busy: how long it takes, and what is redelivered for it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

import asyncpg

from tools.chaos.carriers import Carrier
from tools.chaos.killing import Pid
from tools.chaos.readers import doubles
from tools.chaos.verdict import Count
from tools.shop.waiting import eventually

EVENTS: Final = 2_000
_PATIENCE_SECONDS: Final = 60.0


@dataclass(frozen=True)
class Readers:
    """Those who read, by their ports, and who brings it to them."""

    ports: Mapping[str, int]
    pid: Pid
    carrier: Carrier

    async def redelivered(self, *, without: str = "") -> int:
        """How many events they were given again, besides those that were sent again."""
        ports = [port for name, port in self.ports.items() if name != without]
        return await doubles(ports) - await self.carrier.doubles()


@dataclass(frozen=True)
class Stop:
    """How a reader stopped."""

    reader: str
    seconds: float
    redelivered: int

    def __str__(self) -> str:
        return (
            f"{self.reader} was asked to stop while it was busy: it took {self.seconds:.2f} s, "
            f"and {self.redelivered} events were redelivered"
        )


async def stop_under_load(
    readers: Readers, database_url: str, count: Callable[[], Awaitable[Count]]
) -> Stop:
    """Have events written as fast as can be, and stop one of the readers amidst of them.

    Raises AssertionError if they do not come to an end.
    """
    reader = next(iter(readers.ports))
    before, begun = await readers.redelivered(without=reader), await count()
    wanted = begun.once + EVENTS
    await _demand(database_url, wanted)
    await eventually(count, lambda now: now.once >= begun.once + EVENTS // 4, _PATIENCE_SECONDS)
    seconds = await _stop(reader, readers.pid)
    await eventually(count, lambda now: now.once >= wanted and now.settled, _PATIENCE_SECONDS)
    return Stop(reader, seconds, max(0, await readers.redelivered() - before))


async def _demand(database_url: str, wanted: int) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute("UPDATE demand SET events = $1", wanted)
    finally:
        await connection.close()


async def _stop(reader: str, pid: Pid) -> float:
    victim, begun = pid(reader), time.monotonic()
    assert victim is not None, f"{reader} does not run"
    os.kill(victim, signal.SIGTERM)

    async def gone() -> bool:
        return pid(reader) != victim

    await eventually(gone, bool, _PATIENCE_SECONDS)
    return time.monotonic() - begun
