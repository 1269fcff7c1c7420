"""What the service is put together from; reads like a table of contents."""

from __future__ import annotations

from .chassis.application import Application
from .chassis.features import BLUEPRINT
from .chassis.settings import ServiceSettings
from .plane.plane import Plane
from .plane.protocol import protocol_of
from .routing.discovery import Discovery
from .routing.edge import TableEdge
from .settings import RegistrySettings, UpstreamSettings


def create_app() -> Application:
    app = Application(BLUEPRINT, settings=[RegistrySettings, UpstreamSettings])
    service = app.settings(ServiceSettings)
    discovery = Discovery(app.settings(RegistrySettings))
    edge = TableEdge(
        discovery, app.settings(UpstreamSettings), service.body_limit_bytes, app.metrics
    )
    plane = Plane(edge, stopping=lambda: app.stopping, trusted=service.trusted_proxies)
    app.own(discovery)
    app.own(plane)
    app.server_options["http"] = protocol_of(plane)
    return app
