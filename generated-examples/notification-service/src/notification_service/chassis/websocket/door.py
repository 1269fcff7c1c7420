"""Who comes in: the page that connects, the number of connections, and one at a time for each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from nexios.types import Scope
from nexios.websockets import WebSocket

from ..application import Application
from ..context import RawHeaders
from ..errors import Forbidden, ServiceError, Unavailable
from ..handshake import refuse
from ..policy import Principal
from .connection import Connection, Ended
from .frames import Code
from .hub import Hub
from .metrics import HubMetrics
from .session import Session
from .settings import WebSocketSettings


class Door:
    """Turns away before the handshake (as a problem document), or accepts and holds a session."""

    def __init__(
        self, app: Application, hub: Hub, settings: WebSocketSettings, metrics: HubMetrics
    ) -> None:
        self._app = app
        self._hub = hub
        self._settings = settings
        self._metrics = metrics
        self._origins = {origin.encode() for origin in settings.origins}
        self._seats: Counter[str] = Counter()

    async def meet(self, websocket: WebSocket) -> None:
        """Answer one handshake, and stay until the connection ends."""
        try:
            self._admit(websocket.scope["headers"])
        except ServiceError as error:
            await refuse(error, websocket.scope, websocket.receive, websocket.send)
            return
        await websocket.accept()
        connection = Connection(websocket, self._settings, self._metrics)
        session = Session(self._hub, connection, self._app.authenticator, self._settings)
        self._hub.connections.add(connection)
        self._metrics.connections.inc()
        try:
            await connection.run(self._talk(session, websocket.scope), session.stay_known())
        finally:
            self._hub.connections.discard(connection)
            self._metrics.connections.dec()
            session.leave()

    def _admit(self, headers: RawHeaders) -> None:
        """Browsers name the page's origin; other clients name none, and no page misuses them."""
        origins = [value for name, value in headers if name == b"origin"]
        if not self._origins.issuperset(origins):
            raise Forbidden("pages of this origin may not connect")
        if self._app.stopping:
            raise Unavailable("the service restarts; connect again")
        if len(self._hub.connections) >= self._settings.connections:
            raise Unavailable("there are too many connections; try again", retry_after=5)

    async def _talk(self, session: Session, scope: Scope) -> None:
        await session.introduce(scope)
        with self._seat(session.principal):
            await session.converse()

    @contextmanager
    def _seat(self, principal: Principal | None) -> Iterator[None]:
        if principal is None:
            yield
            return
        if self._seats[principal.sub] >= self._settings.connections_per_principal:
            raise Ended(Code.TOO_MUCH, "you have too many connections")
        self._seats[principal.sub] += 1
        try:
            yield
        finally:
            self._seats[principal.sub] -= 1
            if not self._seats[principal.sub]:
                del self._seats[principal.sub]
