"""The span of a request that this service answers, in OpenTelemetry's words for HTTP servers."""

from __future__ import annotations

from nexios.types import Scope

from ..metrics import METHODS
from .spans import Attribute, Span


def server_span(scope: Scope, status: int) -> Span:
    """What is to be told of a request, or of a WebSocket's handshake, that was answered so."""
    sent = scope.get("method", "GET")
    method = sent if sent in METHODS else "_OTHER"
    route = scope.get("route_template")
    attributes: dict[str, Attribute] = {
        "http.request.method": method,
        "http.response.status_code": status,
        "url.path": scope["path"],
        "url.scheme": scope["scheme"],
        "network.protocol.version": scope["http_version"],
    }
    if route:
        attributes["http.route"] = route
    if scope.get("client"):
        attributes["client.address"] = scope["client"][0]
    name = f"{method} {route}" if route else method
    return Span(name, "server", attributes, error=str(status) if status >= 500 else None)
