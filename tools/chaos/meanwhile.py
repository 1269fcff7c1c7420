"""What goes on beside something else, and ends with it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine, Iterable


@contextlib.asynccontextmanager
async def meanwhile(endless: Iterable[Coroutine[None, None, None]]) -> AsyncIterator[None]:
    """All of these at once, until the block ends, which cancels them.

    One that raises ends the others and the block, and what it raised is in an ExceptionGroup.
    """
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one) for one in endless]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
