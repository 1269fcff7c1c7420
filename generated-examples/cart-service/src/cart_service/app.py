"""What the service is put together from; reads like a table of contents."""

from __future__ import annotations

from .cart import events as carts  # noqa: F401
from .cart import routes as cart
from .chassis.application import Application
from .chassis.features import BLUEPRINT
from .erasure import events as erasure  # noqa: F401
from .product import events as products  # noqa: F401
from .settings import OwnSettings


def create_app() -> Application:
    app = Application(BLUEPRINT, settings=[OwnSettings])
    app.include(cart.router)
    return app
