"""What the service is put together from; reads like a table of contents."""

from __future__ import annotations

from .chassis.application import Application
from .chassis.database import Database
from .chassis.events import subscribe
from .chassis.features import BLUEPRINT
from .counting import events, routes
from .counting.writer import Writer
from .settings import CountingSettings


def create_app() -> Application:
    app = Application(BLUEPRINT, settings=[CountingSettings])
    settings = app.settings(CountingSettings)
    app.include(routes.router)
    if settings.reads:
        subscribe(app, events.subscriptions(settings.failing))
    if settings.writes:
        app.own(Writer(app.resource(Database), settings))
    return app
