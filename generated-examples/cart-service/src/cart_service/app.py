"""What the service is put together from; reads like a table of contents."""

from __future__ import annotations

from functools import partial

from .ageing import service as ageing
from .cart import routes as cart
from .chassis.application import Application
from .chassis.events import subscribe
from .chassis.features import BLUEPRINT
from .chassis.jobs import every, schedule
from .conversion import events as conversion
from .erasure import events as erasures
from .erasure import routes as erasure
from .merge import routes as merge
from .product import events as product
from .quote import routes as quote
from .settings import CartSettings, ShippingSettings


def create_app() -> Application:
    app = Application(BLUEPRINT, settings=[CartSettings, ShippingSettings])
    app.include(cart.router, merge.router, quote.router, erasure.router)
    subscribe(app, product.subscriptions, conversion.subscriptions, erasures.subscriptions)
    settings = app.settings(CartSettings)
    look = every(seconds=settings.look_seconds)
    schedule(app, look, partial(ageing.abandon, idle=settings.idle), name="ageing.abandon")
    schedule(app, look, ageing.expire)
    return app
