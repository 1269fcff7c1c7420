"""A limit on the body of every request, counted on the stream and not believed from a header."""

from __future__ import annotations

from typing import Any

from nexios.types import ASGIApp, Receive, Scope, Send

from .errors import BodyTooLarge


class BodyLimit:
    """Raise BodyTooLarge where the handler reads past `limit` bytes."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        left = self._limit

        async def receive_within_limit() -> Any:  # Any: an ASGI message
            nonlocal left
            message = await receive()
            if message["type"] == "http.request":
                left -= len(message.get("body", b""))
                if left < 0:
                    raise BodyTooLarge(self._limit)
            return message

        await self._app(scope, receive_within_limit, send)
