"""uvicorn's WebSocket protocol, with limits for a client that does not read.

uvicorn waits until such a client reads before it sends the closing frame, and for ever until its
buffers are empty.  Here the closing frame follows what is buffered, and the connection is cut when
the client has not read it for as long as it may take to answer a ping.
"""

from __future__ import annotations

from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from .settings import WebSocketSettings


class Protocol(WebSocketsSansIOProtocol):
    """A connection that ends when the application ends it."""

    async def send(self, message: Any) -> None:  # Any: an ASGI message
        if message["type"] == "websocket.close":
            self.writable.set()
        await super().send(message)

    async def run_asgi(self) -> None:
        await super().run_asgi()
        patience = self.ping_timeout or self.close_timeout
        self.loop.call_later(patience, self.transport.abort)


def server_options(settings: WebSocketSettings) -> dict[str, object]:
    """What uvicorn is to be told: limits, pings, and no compression, which costs memory."""
    return {
        "ws": Protocol,
        "ws_max_size": 4 * settings.frame_bytes,  # beyond the limit, so that we can say which it is
        "ws_ping_interval": settings.ping_seconds,
        "ws_ping_timeout": settings.pong_seconds,
        "ws_per_message_deflate": False,
    }
