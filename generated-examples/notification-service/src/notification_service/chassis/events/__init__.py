"""Events that never get lost: published with the transaction that makes them true, handled once.

    await publish(tx, OrderPaid(order_id=order.id, amount=order.total), sequence=order.version)

    @subscriptions.subscribe(OrderPaid)
    async def convert_cart(event: OrderPaid, tx: Transaction) -> None: ...

Delivery is at least once, in order for each subject, to every service that subscribes; the inbox
makes what a handler does in its transaction exactly once.
"""

from __future__ import annotations

import importlib
import socket
from typing import Final
from uuid import uuid4

from .. import valkey
from ..application import Application
from ..database import Database
from ..settings import ServiceSettings, Settings
from ..valkey import Valkey
from .admin import add_routes
from .command import command
from .engine import Events
from .envelope import Envelope, Unprocessable
from .event import Event, known_events
from .publishing import publish
from .settings import EventsSettings
from .streams import Streams
from .subscriptions import Subscription, Subscriptions
from .transport import Transport

__all__ = [
    "SETTINGS",
    "Envelope",
    "Event",
    "Events",
    "EventsSettings",
    "Subscription",
    "Subscriptions",
    "Unprocessable",
    "install",
    "known_events",
    "publish",
    "subscribe",
]

SETTINGS: Final[tuple[type[Settings], ...]] = (EventsSettings,)


def install(app: Application) -> None:
    settings = app.settings(EventsSettings)
    app.own(
        Events(
            app.name,
            app.resource(Database),
            _transport(app, settings),
            settings,
            tracing=app.tracing,
            registry=app.metrics.registry,
        )
    )
    add_routes(app)
    app.command("events", command(app))


def subscribe(app: Application, *subscriptions: Subscriptions) -> None:
    """Handle what these subscriptions are for, from the moment the service listens."""
    for one in subscriptions:
        app.resource(Events).subscribe(one)


def _transport(app: Application, settings: EventsSettings) -> Transport:
    consumer = settings.consumer or _own_name(app.settings(ServiceSettings))
    seconds, longest = settings.lease_seconds, settings.longest_stream
    if settings.nats_url is not None and settings.transport == "nats":
        jetstream = importlib.import_module(".jetstream", __package__)  # nats-py takes its time
        url = settings.nats_url.get_secret_value()
        chosen: Transport = jetstream.JetStream(
            url, consumer=consumer, lease_seconds=seconds, longest=longest
        )
        return chosen
    if Valkey not in app.resources:  # no other feature wanted it
        valkey.install(app)
    return Streams(app.resource(Valkey), consumer=consumer, lease_seconds=seconds, longest=longest)


def _own_name(settings: ServiceSettings) -> str:
    """The same after a restart, and another for each replica."""
    return f"{socket.gethostname()}:{settings.port or uuid4().hex}"
