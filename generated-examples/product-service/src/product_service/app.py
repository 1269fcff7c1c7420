"""What the service is put together from; reads like a table of contents."""

from __future__ import annotations

from .catalogue import routes as catalogue
from .category import routes as category
from .chassis.application import Application
from .chassis.events import subscribe
from .chassis.features import BLUEPRINT
from .chassis.jobs import every, schedule
from .erasure import events as erasures
from .erasure import routes as erasure
from .inventory import routes as inventory
from .inventory.service import announce
from .product import routes as product
from .reservation import routes as reservation
from .reservation.service import expire
from .settings import StockSettings


def create_app() -> Application:
    app = Application(BLUEPRINT, settings=[StockSettings])
    stock = app.settings(StockSettings)
    app.include(
        catalogue.router,
        category.router,
        product.router,
        inventory.router,
        reservation.router,
        erasure.router,
    )
    subscribe(app, erasures.subscriptions)
    schedule(app, every(seconds=stock.announce_seconds), announce)
    schedule(app, every(seconds=stock.expire_seconds), expire)
    return app
