"""How many are connected, what goes over the sockets, and why connections end."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge

from .frames import Code


class HubMetrics:
    def __init__(self, registry: CollectorRegistry) -> None:
        self.connections = Gauge("websocket_connections", "Open connections.", registry=registry)
        self.subscriptions = Gauge(
            "websocket_subscriptions", "Topics followed, over all connections.", registry=registry
        )
        self.published = Counter("websocket_published", "Events published.", registry=registry)
        frames = Counter(
            "websocket_frames", "Frames, by direction.", ("direction",), registry=registry
        )
        self.received = frames.labels("in")
        self.sent = frames.labels("out")
        self._closed = Counter(
            "websocket_closed", "Connections ended, by our code.", ("code",), registry=registry
        )

    def closed(self, code: Code | None) -> None:
        """Count a connection that we closed with this code, or that the client closed."""
        self._closed.labels("client" if code is None else str(int(code))).inc()
