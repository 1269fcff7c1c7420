"""Restart a unit when its source changes, and wait for the next change when it cannot run."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from watchfiles import awatch

from dev.child import Child
from dev.errors import CannotStart
from dev.restart import Policy


def reload_on_change(folders: Sequence[Path]) -> Policy:
    """A policy for supervision: however a life of the unit ends, the next change starts it anew."""

    async def keep(child: Child) -> None:
        life = asyncio.create_task(_live(child))
        try:
            async for changes in awatch(*folders):
                changed = min(Path(path).name for _, path in changes)
                child.say(f"{changed} has changed: reload")
                await _leave(life)
                await child.stop()
                life = asyncio.create_task(_live(child))
        finally:
            await _leave(life)

    return keep


async def _live(child: Child) -> None:
    try:
        end = (await child.live()).end
    except CannotStart as error:
        end = f"cannot start: {error}"
    child.say(f"{end}; it waits for a change of its source")


async def _leave(life: asyncio.Task[None]) -> None:
    life.cancel()
    await asyncio.wait({life})
