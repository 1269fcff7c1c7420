"""What goes on beside a trial ends with it, and a trial does not go on without it."""

import asyncio

import pytest

from tools.chaos.meanwhile import meanwhile


async def test_what_goes_on_ends_with_the_block() -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def go_on() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async with meanwhile([go_on()]):
        await begun.wait()

    assert ended.is_set()


async def test_what_is_raised_meanwhile_ends_the_block_and_is_told() -> None:
    async def fail() -> None:
        raise ValueError("nobody asks any more")

    with pytest.raises(ExceptionGroup) as told:
        async with asyncio.timeout(10), meanwhile([fail()]):
            await asyncio.Event().wait()

    assert told.group_contains(ValueError, match="nobody asks any more")
