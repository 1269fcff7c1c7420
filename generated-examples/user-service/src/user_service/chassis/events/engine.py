"""The events of one service: its relay, and what it consumes."""

from __future__ import annotations

from typing import ClassVar

from ..database import Database
from ..resource import Resource
from .settings import EventsSettings
from .subscriptions import Subscription, Subscriptions


class Events(Resource):
    """Sends what was published, and hands what arrives to its handlers."""

    name: ClassVar[str] = "events"

    def __init__(self, service: str, database: Database, settings: EventsSettings) -> None:
        self._service = service
        self._database = database
        self._settings = settings
        self._subscriptions: dict[str, Subscription] = {}

    @property
    def subscriptions(self) -> list[Subscription]:
        """Everything that this service handles."""
        return list(self._subscriptions.values())

    def subscribe(self, subscriptions: Subscriptions) -> None:
        """Raises TypeError where a type has a handler already."""
        for one in subscriptions:
            if one.kind.TYPE in self._subscriptions:
                raise TypeError(f"{one.kind.TYPE} has a handler already")
            self._subscriptions[one.kind.TYPE] = one
