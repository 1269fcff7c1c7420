"""What the client was told, message by message."""

from __future__ import annotations

from typing import Final

from ..asgi import RawHeaders, Send
from ..wire.answers import Own
from ..wire.contract import Names, Outcome

CLIENT_LEFT: Final = 499
_OF_THE_SERVER: Final = b"date"
_CLOSE: Final = (b"connection", b"close")


class Told:
    """Sends, and remembers for the log."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status = CLIENT_LEFT
        self.sent = self.received = 0
        self.instance = self.failure = ""
        self.retried = False

    @property
    def begun(self) -> bool:
        return self.status != CLIENT_LEFT

    async def own(self, own: Own) -> None:
        """An answer of the gateway's own."""
        await self.start(own.status, list(own.headers))
        await self.part(own.body, more=False)

    async def last(self, own: Own) -> None:
        """An answer after which nothing more is read from the client."""
        await self.own(own._replace(headers=(*own.headers, _CLOSE)))

    async def start(self, status: int, headers: RawHeaders) -> None:
        self.status = status
        kept = [header for header in headers if header[0] != _OF_THE_SERVER]
        await self._send({"type": "http.response.start", "status": status, "headers": kept})

    async def part(self, body: bytes, *, more: bool) -> None:
        self.received += len(body)
        await self._send({"type": "http.response.body", "body": body, "more_body": more})

    def outcome(self, seconds: float, names: Names) -> Outcome:
        return Outcome(
            self.status,
            self.sent,
            self.received,
            seconds,
            names,
            self.instance,
            self.retried,
            self.failure,
        )
