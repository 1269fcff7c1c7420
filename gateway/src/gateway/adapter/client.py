"""The client's side of an exchange: its body, to be read once, and whether it is still there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ..asgi import Receive
from ..chassis.errors import BodyTooLarge
from ..errors import ClientTooSlow, UpstreamTimeout
from ..wire.contract import Limits
from .patience import Patience


class ClientLeft(Exception):
    """Nobody is left to be answered."""


class Client:
    """`failure` is why the body could not be read to its end, if it could not."""

    def __init__(self, receive: Receive, patience: Patience, limits: Limits) -> None:
        self.failure: Exception | None = None
        self.read = 0
        self._receive = receive
        self._patience = patience
        self._limits = limits
        self._body_ended = asyncio.Event()

    async def body(self) -> AsyncIterator[bytes]:
        """The chunks of the body: each is read only after the one before it was taken."""
        try:
            more = True
            while more:
                self._patience.wait(self._limits.idle_seconds, _client_too_slow)
                message = await self._receive()
                if message["type"] == "http.disconnect":
                    raise ClientLeft
                more = message.get("more_body", False)
                self._patience.wait(self._limits.idle_seconds, _no_answer_in_time)
                if chunk := message.get("body"):
                    self._count(chunk)
                    yield chunk
        except Exception as error:  # whoever reads this hides it behind an error of its own
            self.failure = error
            raise
        self.wait_for_answer()

    def _count(self, chunk: bytes) -> None:
        self.read += len(chunk)
        if self.read > self._limits.body_bytes:
            raise BodyTooLarge(self._limits.body_bytes)

    def wait_for_answer(self) -> None:
        """The client has said all: it is the service's turn."""
        self._patience.wait(self._limits.first_byte_seconds, _no_answer_in_time)
        self._body_ended.set()

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """As soon as the client goes away, all that is done for it ends with ClientLeft."""
        watch = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            watch.cancel()

    async def _watch(self) -> None:
        await self._body_ended.wait()  # until then, whoever reads the body sees the client go
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._patience.end(ClientLeft)


def _client_too_slow() -> Exception:
    return ClientTooSlow("the rest of the body did not come in time")


def _no_answer_in_time() -> Exception:
    return UpstreamTimeout("the service did not answer in time")
