"""A client that does not give up: it asks again until the shop is there, with the same key."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final

import aiohttp

from tools.shop.answers import Answer
from tools.shop.door import Door

_PASSING: Final = frozenset({502, 503, 504})
_IN_FLIGHT: Final = "idempotency-in-flight"
_PAUSE_SECONDS: Final = 0.2


async def insist(ask: Callable[[], Awaitable[Answer]], seconds: float = 60) -> Answer:
    """The first answer that is none of a shop whose parts are away; AssertionError without one."""
    end = time.monotonic() + seconds
    while True:
        said = "nothing"
        try:
            answer = await ask()
        except (aiohttp.ClientError, TimeoutError) as error:
            said = repr(error)
        else:
            if answer.status not in _PASSING and answer.code != _IN_FLIGHT:
                return answer
            said = f"{answer.method} {answer.path} answers {answer.status}"
        assert time.monotonic() < end, f"after {seconds} s: {said}"
        await asyncio.sleep(_PAUSE_SECONDS)


class Insisting(Door):
    """A door at which everybody insists."""

    async def pass_through(self, send: Callable[[], Awaitable[Answer]]) -> Answer:
        return await insist(send)
