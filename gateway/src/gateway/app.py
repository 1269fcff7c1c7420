"""What the service is put together from; reads like a table of contents."""

from __future__ import annotations

from . import entrance
from .chassis.application import Application
from .chassis.features import BLUEPRINT
from .chassis.settings import ServiceSettings
from .routing.discovery import Discovery
from .routing.edge import TableEdge
from .settings import RegistrySettings, UpstreamSettings


def create_app() -> Application:
    app = Application(BLUEPRINT, settings=[RegistrySettings, UpstreamSettings, *entrance.SETTINGS])
    service = app.settings(ServiceSettings)
    discovery = Discovery(app.settings(RegistrySettings))
    edge = TableEdge(
        discovery, app.settings(UpstreamSettings), service.body_limit_bytes, app.metrics
    )
    app.own(discovery)
    entrance.install(app, edge)
    return app
