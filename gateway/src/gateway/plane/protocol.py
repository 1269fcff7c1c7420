"""uvicorn's protocol of HTTP, which leaves to the data plane what is for the services.

uvicorn stays the server: sockets, TLS, signals, lifespan, graceful stop.  Every head is read and
every body counted by the data plane; what is for the gateway itself reaches uvicorn's own parser
one request at a time, and through it the application.
"""

from __future__ import annotations

import asyncio
from typing import cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from ..wire.contract import Head
from ..wire.peer import Peer
from .client import Client
from .plane import Plane
from .straight import straighten
from .visit import Visit


def protocol_of(plane: Plane) -> type[HttpToolsProtocol]:
    """The class that uvicorn makes an object of for every connection."""

    class PlaneProtocol(GatewayProtocol):
        _plane = plane

    return PlaneProtocol


class GatewayProtocol(HttpToolsProtocol):
    _plane: Plane
    _customer: Client
    _visit: Visit | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        connection = cast(asyncio.Transport, transport)
        super().connection_made(connection)
        address = self.client[0] if self.client else ""
        peer = Peer(address, self.scheme or "http", self._plane.trusted)
        self._customer = Client(self._plane, connection, peer, self._receive)
        straighten(connection, self._customer.data_received)

    def connection_lost(self, exc: Exception | None) -> None:
        self._customer.lost()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        self._customer.client_full(True)
        super().pause_writing()

    def resume_writing(self) -> None:
        self._customer.client_full(False)
        super().resume_writing()

    def shutdown(self) -> None:
        if self._visit is not None:
            super().shutdown()
        else:
            self._customer.stop()

    def handle_websocket_upgrade(self) -> None:
        """Another protocol takes over, which calls this one no more."""
        self._customer.lost()
        super().handle_websocket_upgrade()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._unset_keepalive_if_required()  # the data plane sees to that
        if self._visit is not None:
            self._visit.answered()

    def visited(self, data: bytes) -> None:
        """These bytes of a request are for the application."""
        super().data_received(data)

    def left(self) -> None:
        """The request of the application has come to its end."""
        self._visit = None
        self._customer.next(close=False)

    def _receive(self, head: Head, sent: bytes) -> Visit:
        self._visit = Visit(self, head)
        self.visited(sent)
        return self._visit
