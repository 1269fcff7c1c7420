"""What the service is put together from; reads like a table of contents."""

from __future__ import annotations

from . import entrance
from .admin import routes as admin
from .admission import edge_of
from .chassis.application import Application
from .chassis.features import BLUEPRINT
from .docs.collecting import Documents
from .routing.discovery import Discovery
from .routing.metrics import RoutesCollector
from .settings import DocumentSettings, LimitSettings, RegistrySettings, UpstreamSettings

SETTINGS = (RegistrySettings, UpstreamSettings, LimitSettings, DocumentSettings)


def create_app() -> Application:
    app = Application(BLUEPRINT, settings=[*SETTINGS, *entrance.SETTINGS])
    discovery = Discovery(app.settings(RegistrySettings))
    documents = Documents(app, discovery)
    app.own(discovery)
    app.own(documents)
    app.document = documents.json
    app.metrics.registry.register(RoutesCollector(discovery))
    app.include(admin.router(app, discovery))
    entrance.install(app, edge_of(app, discovery))
    return app
