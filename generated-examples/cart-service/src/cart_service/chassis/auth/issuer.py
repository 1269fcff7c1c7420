"""Where the issuer is asked: at its URL, or by the name of a service, whose instances are found.

`service://user-service/.well-known/jwks.json` is answered by any of them, so that one that died is
missed by nobody.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeVar

from ..application import Application
from ..client import Client
from ..deferred import aiohttp

Result = TypeVar("Result")
# The URLs to ask, one after the other; raises Unavailable if there is none.
Addresses = Callable[[], Awaitable[Sequence[str]]]

_BY_NAME: Final = "service://"


def addresses(app: Application, url: str) -> Addresses:
    """This URL, or where the service that it names is now, in an order drawn by lot."""
    service, _, path = url.removeprefix(_BY_NAME).partition("/")

    async def found() -> Sequence[str]:
        instances = await app.resource(Client).instances(service)
        return [f"{one}/{path}" for one in random.sample(instances, len(instances))]

    async def fixed() -> Sequence[str]:
        return [url]

    return found if url.startswith(_BY_NAME) else fixed


async def first_answer(where: Addresses, ask: Callable[[str], Awaitable[Result]]) -> Result:
    """What the first of them says that says something; raises what the last one failed with."""
    *others, last = await where()
    for url in others:
        try:
            return await ask(url)
        except (aiohttp.ClientError, TimeoutError, ValueError):
            continue
    return await ask(last)
