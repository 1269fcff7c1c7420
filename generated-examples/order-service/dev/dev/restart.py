"""What becomes of a unit when its process ends by itself."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterable

from dev.child import Child, Life
from dev.errors import CannotStart

Policy = Callable[[Child], Awaitable[None]]

_FAST_SECONDS = 10
_FAST_EXITS = 5
_FIRST_DELAY = 0.5
_LONGEST_DELAY = 8.0


class UnitFailed(Exception):
    """The unit, why there is no hope for it, and its last lines."""

    def __init__(self, unit: str, reason: str, lines: Iterable[str]) -> None:
        super().__init__(f"{unit} {reason}")
        self.unit = unit
        self.reason = reason
        self.lines = tuple(lines)


async def keep_running(child: Child) -> None:
    """Start the unit again whenever it ends; raise UnitFailed when that has no hope."""
    fast_exits = 0
    while True:
        life = await _live(child)
        fast_exits = fast_exits + 1 if life.seconds < _FAST_SECONDS else 1
        if reason := _hopeless(child, life, fast_exits):
            raise UnitFailed(child.unit.name, reason, child.lines)
        delay = min(_FIRST_DELAY * 2 ** (fast_exits - 1), _LONGEST_DELAY)
        child.say(f"{life.end}; it starts again in {delay:.1f} s")
        await asyncio.sleep(delay)


async def _live(child: Child) -> Life:
    try:
        return await child.live()
    except CannotStart as error:
        raise UnitFailed(child.unit.name, f"cannot start: {error}", child.lines) from error


def _hopeless(child: Child, life: Life, fast_exits: int) -> str | None:
    if life.code == os.EX_CONFIG:
        return f"{life.end}: its settings are wrong, so it is not started again"
    if not child.ready.is_set():
        return life.end
    if fast_exits == _FAST_EXITS:
        return f"{life.end}, for the {_FAST_EXITS}th time in a row within {_FAST_SECONDS} s"
    return None
