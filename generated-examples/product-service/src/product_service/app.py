"""What the service is put together from; reads like a table of contents."""

from __future__ import annotations

from .chassis.application import Application
from .chassis.events import subscribe
from .chassis.features import BLUEPRINT
from .erasure import events as erasure
from .inventory import events as inventory  # noqa: F401
from .product import events as products  # noqa: F401
from .product import routes as product
from .reservation import events as reservation  # noqa: F401
from .settings import OwnSettings


def create_app() -> Application:
    app = Application(BLUEPRINT, settings=[OwnSettings])
    app.include(product.router)
    subscribe(app, erasure.subscriptions)
    return app
