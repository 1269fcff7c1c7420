"""What the service is put together from; reads like a table of contents."""

from __future__ import annotations

from .chassis.application import Application
from .chassis.client import Client
from .chassis.database import Database
from .chassis.events import subscribe
from .chassis.features import BLUEPRINT
from .chassis.jobs import every, schedule
from .erasure import events as erasures
from .erasure import routes as erasure
from .order import reactions
from .order import routes as order
from .payment import routes as payment
from .provider import Stripe
from .refund import routes as refund
from .saga.engine import Engine
from .saga.outside import Outside
from .saga.worker import Worker
from .settings import OrderSettings, PaymentSettings, SagaSettings
from .shipment import routes as shipment
from .webhook import routes as webhook
from .webhook.repository import prune as forget_old_webhooks


def create_app() -> Application:
    app = Application(BLUEPRINT, settings=[OrderSettings, PaymentSettings, SagaSettings])
    provider = Stripe(app.settings(PaymentSettings), app.tracing)
    app.own(provider)
    engine = Engine(
        app.resource(Database),
        Outside(app.resource(Client), provider),
        app.settings(SagaSettings),
        app.settings(OrderSettings),
        app.metrics.registry,
    )
    app.own(Worker(app.resource(Database), engine))
    app.include(
        erasure.router,
        order.router,
        payment.router,
        refund.router,
        shipment.router,
        webhook.router,
    )
    subscribe(app, erasures.subscriptions, reactions.subscriptions)
    schedule(app, every(hours=1), forget_old_webhooks)
    return app
