"""What the service is put together from; reads like a table of contents."""

from __future__ import annotations

from .account import events as account
from .cart import events as cart
from .chassis.application import Application
from .chassis.client import ClientSettings
from .chassis.database import Database
from .chassis.events import subscribe
from .chassis.features import BLUEPRINT
from .chassis.jobs import every, schedule
from .chassis.websocket import Hub
from .delivery import routes as delivery
from .delivery.composing import Composer
from .delivery.sender import Sender
from .delivery.service import forget_old as forget_old_deliveries
from .erasure import events as erasures
from .erasure import routes as erasure
from .inventory import events as inventory
from .live.teller import Teller
from .live.topics import declare_topics
from .notification import routes as notification
from .notification.service import forget_old as forget_old_notifications
from .order import events as order
from .order.service import forget_old as forget_old_orders
from .preference import routes as preference
from .preference.links import Links
from .recipient import events as recipient
from .settings import MailSettings, ShopSettings
from .stack.watch import StackWatch
from .template import routes as template
from .template.seeds import Seeds


def create_app() -> Application:
    app = Application(BLUEPRINT, settings=[MailSettings, ShopSettings])
    database, hub = app.resource(Database), app.resource(Hub)
    mail, links = app.settings(MailSettings), Links(app.settings(ShopSettings))
    app.own(links)
    app.own(Seeds(database))
    app.own(Sender(database, Composer(database, mail, links), mail, app.metrics.registry))
    app.own(Teller(database, hub))
    app.own(StackWatch(database, app.settings(ClientSettings)))
    app.include(
        notification.router,
        preference.router,
        template.router,
        delivery.router,
        erasure.router,
    )
    declare_topics(hub, database)
    subscribe(
        app,
        account.subscriptions,
        recipient.subscriptions,
        order.subscriptions,
        cart.subscriptions,
        inventory.subscriptions,
        erasures.subscriptions(hub),
    )
    schedule(app, every(hours=1), forget_old_deliveries)
    schedule(app, every(hours=1), forget_old_notifications)
    schedule(app, every(hours=1), forget_old_orders)
    return app
