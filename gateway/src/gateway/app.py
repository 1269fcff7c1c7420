"""What the service is put together from; reads like a table of contents."""

from __future__ import annotations

from .admin import routes as admin
from .admission import edge_of
from .chassis.application import Application
from .chassis.features import BLUEPRINT
from .chassis.settings import ServiceSettings
from .docs.collecting import Documents
from .plane.plane import Plane
from .plane.protocol import protocol_of
from .routing.discovery import Discovery
from .routing.metrics import RoutesCollector
from .settings import DocumentSettings, LimitSettings, RegistrySettings, UpstreamSettings

SETTINGS = [RegistrySettings, UpstreamSettings, LimitSettings, DocumentSettings]


def create_app() -> Application:
    app = Application(BLUEPRINT, settings=SETTINGS)
    trusted = app.settings(ServiceSettings).trusted_proxies
    discovery = Discovery(app.settings(RegistrySettings))
    app.own(discovery)
    documents = Documents(app, discovery)
    app.own(documents)
    app.document = documents.json
    app.include(admin.router(app, discovery))
    app.metrics.registry.register(RoutesCollector(discovery))
    plane = Plane(edge_of(app, discovery), stopping=lambda: app.stopping, trusted=trusted)
    app.own(plane)
    app.server_options["http"] = protocol_of(plane)
    return app
