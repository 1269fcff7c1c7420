"""The gateway as every client meets it; each answer is put on record."""

from __future__ import annotations

import json as text
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Final

import aiohttp

from tools.shop.answers import Answer, Record

_SECONDS: Final = aiohttp.ClientTimeout(total=60)


class Door:
    """Asks the gateway, each time in a trace of its own."""

    def __init__(self, gateway: str, session: aiohttp.ClientSession, record: Record) -> None:
        self.gateway = gateway
        self.session = session
        self.record = record

    async def ask(
        self,
        method: str,
        path: str,
        *,
        json: object = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """The answer, whatever its status; `path` is below /api, and `body` is sent as it is.

        Raises aiohttp.ClientError where there is none.
        """
        return await self.pass_through(partial(self._send, method, path, json, body, headers))

    async def pass_through(self, send: Callable[[], Awaitable[Answer]]) -> Answer:
        """What becomes of a request; other doors do more than to send it once."""
        return await send()

    def traced(self, method: str, path: str) -> bool:
        """Whether the services are to tell of their part in such a request."""
        return True

    async def _send(
        self,
        method: str,
        path: str,
        json: object,
        body: bytes | None,
        headers: Mapping[str, str] | None,
    ) -> Answer:
        trace, flags = os.urandom(16).hex(), "01" if self.traced(method, path) else "00"
        sent = {"traceparent": f"00-{trace}-{os.urandom(8).hex()}-{flags}", **(headers or {})}
        if json is not None:
            body, sent = text.dumps(json).encode(), {"content-type": "application/json"} | sent
        async with self.session.request(
            method, f"{self.gateway}/api{path}", data=body, headers=sent, allow_redirects=False
        ) as response:
            content = await response.read()
        self.record.note(method, f"/api{path}", response.status)
        named = {name.lower(): value for name, value in response.headers.items()}
        return Answer(method, path, response.status, named, content, trace)


@asynccontextmanager
async def opened(
    gateway: str, record: Record | None = None, kind: type[Door] = Door
) -> AsyncIterator[Door]:
    """A door with connections of its own, until the block ends."""
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, timeout=_SECONDS) as session:
        yield kind(gateway, session, Record() if record is None else record)
