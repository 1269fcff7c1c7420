"""uvicorn's HTTP protocol, with the head and the body of an answer in one packet.

uvicorn writes them one after the other, and uvloop sends each write at once: two calls of the
system for every answer, each of which wakes the client.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class OnePacket(HttpToolsProtocol):
    """An answer leaves by one write if its body is there as soon as its head."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._plain = transport
        self.transport = Joined(transport, self.loop)  # type: ignore[assignment]  # it is all that

    def handle_websocket_upgrade(self) -> None:
        self.transport = self._plain  # every frame leaves by itself
        super().handle_websocket_upgrade()


class Joined:
    """A transport that holds a write back until the next one, or the end of this turn."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._held = b""

    def __getattr__(self, name: str) -> Any:  # Any: whatever else a transport can do
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        if self._held:
            held, self._held = self._held, b""
            self._transport.writelines((held, data))
        else:
            self._held = data
            self._loop.call_soon(self._release)

    def close(self) -> None:
        self._release()
        self._transport.close()

    def _release(self) -> None:
        held, self._held = self._held, b""
        if held and not self._transport.is_closing():
            self._transport.write(held)
