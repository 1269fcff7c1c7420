"""What the service is put together from; reads like a table of contents."""

from __future__ import annotations

from .admission import edge_of
from .chassis.application import Application
from .chassis.features import BLUEPRINT
from .chassis.settings import ServiceSettings
from .plane.plane import Plane
from .plane.protocol import protocol_of
from .routing.discovery import Discovery
from .settings import LimitSettings, RegistrySettings, UpstreamSettings


def create_app() -> Application:
    app = Application(BLUEPRINT, settings=[RegistrySettings, UpstreamSettings, LimitSettings])
    trusted = app.settings(ServiceSettings).trusted_proxies
    discovery = Discovery(app.settings(RegistrySettings))
    app.own(discovery)
    plane = Plane(edge_of(app, discovery), stopping=lambda: app.stopping, trusted=trusted)
    app.own(plane)
    app.server_options["http"] = protocol_of(plane)
    return app
