"""Wait for a condition, with a limit."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

Value = TypeVar("Value")


async def eventually(
    read: Callable[[], Awaitable[Value]], wanted: Callable[[Value], bool], seconds: float = 10
) -> Value:
    """What `read` answers as soon as it is as wanted; AssertionError if that takes too long."""
    value = await read()
    try:
        async with asyncio.timeout(seconds):
            while not wanted(value):
                await asyncio.sleep(0.01)
                value = await read()
    except TimeoutError:
        raise AssertionError(f"after {seconds} s it is still {value!r}") from None
    return value


async def until(condition: Callable[[], object], seconds: float = 10) -> None:
    """Until this is true; AssertionError if that takes too long."""

    async def read() -> bool:
        return bool(condition())

    await eventually(read, bool, seconds)
