"""Events that never get lost: published with the transaction that makes them true, handled once.

    await publish(tx, OrderPaid(order_id=order.id, amount=order.total), sequence=order.version)

    @subscriptions.subscribe(OrderPaid)
    async def convert_cart(event: OrderPaid, tx: Transaction) -> None: ...

Delivery is at least once, in order for each subject, to every service that subscribes; the inbox
makes what a handler does in its transaction exactly once.
"""

from __future__ import annotations

from typing import Final

from ..application import Application
from ..database import Database
from ..settings import Settings
from .engine import Events
from .envelope import Envelope
from .event import Event, known_events
from .publishing import publish
from .settings import EventsSettings
from .subscriptions import Subscription, Subscriptions

__all__ = [
    "SETTINGS",
    "Envelope",
    "Event",
    "Events",
    "EventsSettings",
    "Subscription",
    "Subscriptions",
    "install",
    "known_events",
    "publish",
    "subscribe",
]

SETTINGS: Final[tuple[type[Settings], ...]] = (EventsSettings,)


def install(app: Application) -> None:
    app.own(Events(app.name, app.resource(Database), app.settings(EventsSettings)))


def subscribe(app: Application, *subscriptions: Subscriptions) -> None:
    """Handle what these subscriptions are for, from the moment the service listens."""
    for one in subscriptions:
        app.resource(Events).subscribe(one)
