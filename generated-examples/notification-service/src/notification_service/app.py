"""What the service is put together from; reads like a table of contents."""

from __future__ import annotations

from .chassis.application import Application
from .chassis.features import BLUEPRINT
from .delivery import events as delivery  # noqa: F401 - what is published is known by its class
from .erasure import events as erasure  # noqa: F401
from .settings import OwnSettings


def create_app() -> Application:
    app = Application(BLUEPRINT, settings=[OwnSettings])
    return app
