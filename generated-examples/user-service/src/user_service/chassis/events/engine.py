"""The events of one service: its relay, and what it consumes."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import ClassVar

import structlog
from prometheus_client import CollectorRegistry

from ..database import Database
from ..resource import Resource
from ..tracing import Tracing
from .handling import Handling
from .lanes import Intake
from .metrics import LagMetrics, RelayMetrics
from .operations import Operations
from .pace import Patience
from .relay import Relay
from .settings import EventsSettings
from .subscriptions import Subscription, Subscriptions
from .tallies import Tallies
from .transport import Consumer, Transport
from .upkeep import Upkeep

log = structlog.get_logger()


class Events(Resource):
    """Sends what was published, and hands what arrives to its handlers."""

    name: ClassVar[str] = "broker"

    def __init__(
        self,
        service: str,
        database: Database,
        transport: Transport,
        settings: EventsSettings,
        *,
        tracing: Tracing,
        registry: CollectorRegistry,
    ) -> None:
        self._service = service
        self._database = database
        self._transport = transport
        self._settings = settings
        self._tracing = tracing
        self._tallies = Tallies(registry)
        self._lag = LagMetrics(registry)
        sent = RelayMetrics(registry)
        self._relay = Relay(database, transport, service, sent)
        self._upkeep = Upkeep(
            service,
            database,
            transport,
            sent,
            self._lag,
            keep_hours=settings.retention_hours,
            inbox_hours=settings.inbox_hours,
        )
        self._subscriptions: dict[str, Subscription] = {}
        self._consumers: dict[str, Consumer] = {}
        self._stop = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def subscriptions(self) -> list[Subscription]:
        """Everything that this service handles."""
        return list(self._subscriptions.values())

    @property
    def operations(self) -> Operations:
        return Operations(self._service, self._database, self._transport, set(self._by_topic()))

    def subscribe(self, subscriptions: Subscriptions) -> None:
        """Raises TypeError where a type has a handler already."""
        for one in subscriptions:
            if one.kind.TYPE in self._subscriptions:
                raise TypeError(f"{one.kind.TYPE} has a handler already")
            self._subscriptions[one.kind.TYPE] = one

    async def ping(self) -> None:
        await self._transport.ping()

    async def listening(self) -> None:
        """Begin: everything that a handler may need is open now."""
        by_topic = self._by_topic()
        work = self._work()  # one for all topics: its connections to the database are few
        for topic in by_topic:
            intake = Intake(work, self._patience)
            consumer = self._transport.consumer(topic, self._service, intake)
            self._consumers[topic] = consumer
            self._begin(consumer.run())
        self._begin(self._relay.run())
        self._begin(self._upkeep.run(by_topic, self._stop))

    async def __aexit__(self, *error: object) -> None:
        """Finish what is in hand, send what it published, leave the rest to other replicas."""
        seconds = self._settings.stop_seconds
        self._stop.set()
        await asyncio.gather(*(one.stop(seconds) for one in self._consumers.values()))
        self._relay.stop()
        for result in await asyncio.gather(*self._tasks, return_exceptions=True):
            if isinstance(result, BaseException):
                log.error("events.ended_badly", exc_info=result)

    def _begin(self, work: Coroutine[None, None, None]) -> None:
        self._tasks.append(asyncio.create_task(work))

    def _by_topic(self) -> dict[str, dict[str, Subscription]]:
        topics: dict[str, dict[str, Subscription]] = {}
        for one in self._subscriptions.values():
            topics.setdefault(one.kind.topic(self._service), {})[one.kind.TYPE] = one
        return topics

    def _work(self) -> Handling:
        return Handling(
            self._service,
            self._subscriptions,
            self._database,
            self._tracing,
            self._tallies,
            seconds=self._settings.handler_seconds,
        )

    @property
    def _patience(self) -> Patience:
        settings = self._settings
        return Patience(
            settings.attempts, settings.backoff_seconds, settings.longest_backoff_seconds
        )
