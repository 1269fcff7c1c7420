"""What the service is put together from; reads like a table of contents."""

from __future__ import annotations

from . import entrance
from .admission import edge_of
from .chassis.application import Application
from .chassis.features import BLUEPRINT
from .routing.discovery import Discovery
from .settings import LimitSettings, RegistrySettings, UpstreamSettings

SETTINGS = (RegistrySettings, UpstreamSettings, LimitSettings)


def create_app() -> Application:
    app = Application(BLUEPRINT, settings=[*SETTINGS, *entrance.SETTINGS])
    discovery = Discovery(app.settings(RegistrySettings))
    app.own(discovery)
    entrance.install(app, edge_of(app, discovery))
    return app
