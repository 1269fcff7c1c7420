"""A reader is asked to stop while it is busy: how long that takes, and what comes twice of it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

import asyncpg

from tools.chaos.killing import Pid
from tools.chaos.readers import doubles
from tools.chaos.verdict import Count
from tools.shop.waiting import eventually

EVENTS: Final = 2_000
_PATIENCE_SECONDS: Final = 60.0


@dataclass(frozen=True)
class Stop:
    """How a reader stopped."""

    reader: str
    seconds: float
    twice: int

    def __str__(self) -> str:
        return (
            f"{self.reader} was asked to stop while it was busy: it took {self.seconds:.2f} s, "
            f"and {self.twice} events came twice"
        )


async def stop_under_load(
    reader: str,
    pid: Pid,
    readers: Mapping[str, int],
    database_url: str,
    count: Callable[[], Awaitable[Count]],
) -> Stop:
    """Have events written as fast as can be, and stop this one of the readers amidst of them.

    `readers` are their ports.  Raises AssertionError if they do not come to an end.
    """
    others = [port for name, port in readers.items() if name != reader]
    before, begun = await doubles(others), await count()
    wanted = begun.once + EVENTS
    await _demand(database_url)
    await eventually(count, lambda now: now.once >= begun.once + EVENTS // 4, _PATIENCE_SECONDS)
    seconds = await _stop(reader, pid)
    await eventually(count, lambda now: now.once >= wanted and now.settled, _PATIENCE_SECONDS)
    return Stop(reader, seconds, await doubles(readers.values()) - before)


async def _demand(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute("UPDATE demand SET events = $1", EVENTS)
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
