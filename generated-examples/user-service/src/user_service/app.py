"""What the service is put together from; reads like a table of contents."""

from __future__ import annotations

from .chassis.application import Application
from .chassis.features import BLUEPRINT
from .settings import OwnSettings
from .user import routes as user


def create_app() -> Application:
    app = Application(BLUEPRINT, settings=[OwnSettings])
    app.include(user.router)
    return app
