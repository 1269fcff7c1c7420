"""The handshake of a WebSocket: its route, the token it may bring, and how it is refused."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl

from nexios.routing import WebsocketRoute
from nexios.types import Receive, Scope, Send
from nexios.websockets import WebSocket

from .errors import ServiceError
from .policy import Policy
from .problems import problem

WebSocketHandler = Callable[[WebSocket], Awaitable[None]]

_REFUSED = 1008  # RFC 6455, section 7.4.1: a policy is violated


class WebSocketRoute(WebsocketRoute):
    """One path, whose WebSockets are handed to one `async def handler(websocket)`."""

    def __init__(
        self, path: str, handler: WebSocketHandler, *, policy: Policy | None = None
    ) -> None:
        super().__init__(path, handler)
        self.methods = ["WEBSOCKET"]
        self.policy = policy


def token_in_query(scope: Scope) -> str | None:
    """The token in `?access_token=` (RFC 6750, section 2.3): a browser's WebSocket has no header
    to send it in."""
    query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
    return query.get("access_token")


async def refuse(error: ServiceError, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer the handshake with a problem document, or with 403 where the server knows no other."""
    await receive()
    if "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close", "code": _REFUSED})
        return
    reply = problem(scope, error)
    start: dict[str, Any] = {  # Any: an ASGI message
        "type": "websocket.http.response.start",
        "status": reply.status_code,
        "headers": reply.raw_headers,
    }
    await send(start)
    await send({"type": "websocket.http.response.body", "body": reply.body})
