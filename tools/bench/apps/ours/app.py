"""What the service is put together from; reads like a table of contents."""

from __future__ import annotations

from .chassis.application import Application
from .chassis.features import BLUEPRINT
from .item import routes as item
from .settings import OwnSettings


def create_app() -> Application:
    app = Application(BLUEPRINT, settings=[OwnSettings])
    app.include(item.router)
    return app
