"""What the service is put together from; reads like a table of contents."""

from __future__ import annotations

from .chassis.application import Application
from .chassis.features import BLUEPRINT
from .order import events as events
from .order import routes as order
from .settings import OwnSettings


def create_app() -> Application:
    app = Application(BLUEPRINT, settings=[OwnSettings])
    app.include(order.router)
    return app
