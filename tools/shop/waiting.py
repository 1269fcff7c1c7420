"""Wait for a condition, with a limit."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

Value = TypeVar("Value")

PAUSE_SECONDS = 0.05


async def eventually(
    read: Callable[[], Awaitable[Value]],
    wanted: Callable[[Value], Any],  # Any: only whether it is true counts
    seconds: float = 20,
) -> Value:
    """What `read` answers as soon as it is as wanted; AssertionError if that takes too long."""
    end = time.monotonic() + seconds
    while True:
        value = await read()
        if wanted(value):
            return value
        assert time.monotonic() < end, f"after {seconds} s it is still {value!r:.2000}"
        await asyncio.sleep(PAUSE_SECONDS)
