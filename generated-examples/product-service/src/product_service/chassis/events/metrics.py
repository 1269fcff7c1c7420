"""How much was sent and handled, how long it took, and how far behind we are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from ..metrics import BUCKETS
from .transport import Lag

_AGES: Final = (*BUCKETS, 30.0, 60.0, 300.0, 3600.0)


class RelayMetrics:
    """What leaves by the outbox."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.sent = Counter("events_sent", "Events sent to the transport.", registry=registry)
        self.rows = Gauge("events_outbox_rows", "Events that wait to be sent.", registry=registry)
        self.oldest = Gauge(
            "events_outbox_oldest_seconds", "How long the oldest has waited.", registry=registry
        )


class HandlingMetrics:
    """What arrives, by type: of those only that have a handler."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._handled = Counter(
            "events_handled", "Tries to handle an event.", ("type", "outcome"), registry=registry
        )
        self._seconds = Histogram(
            "events_handler_seconds",
            "Seconds that handlers took.",
            ("type",),
            buckets=BUCKETS,
            registry=registry,
        )
        self._age = Histogram(
            "events_age_seconds",
            "Seconds from an event's publication to the begin of its handler.",
            ("type",),
            buckets=_AGES,
            registry=registry,
        )
        self.unknown = Counter(
            "events_unknown", "Events of types that have no handler here.", registry=registry
        )

    def of(self, type: str) -> TypeMetrics:
        """The figures of one type, found once so that events need not look for them."""
        return TypeMetrics(
            {one: self._handled.labels(type, one) for one in ("done", "failed", "duplicate")},
            self._seconds.labels(type),
            self._age.labels(type),
        )


class TypeMetrics:
    """The figures of one type of event."""

    def __init__(self, handled: dict[str, Counter], seconds: Histogram, age: Histogram) -> None:
        self._handled = handled
        self._seconds = seconds
        self._age = age

    def begun(self, age: float) -> None:
        self._age.observe(age)

    def ended(self, outcome: str, seconds: float) -> None:
        """`done` or `failed`, after so long."""
        self._handled[outcome].inc()
        self._seconds.observe(seconds)

    def skipped(self) -> None:
        """It was handled before."""
        self._handled["duplicate"].inc()


class LagMetrics:
    """How far behind this service is with the topics that it reads."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def gauge(name: str, text: str) -> Gauge:
            return Gauge(name, text, ("topic",), registry=registry)

        self._unread = gauge("events_unread", "Events that nobody of us has read.")
        self._pending = gauge("events_pending", "Events that are in hand.")
        self._dead = gauge("events_dead_letters", "Events that were given up.")
        self._oldest = gauge("events_lag_seconds", "Age of the oldest that is not handled.")
        self._held = gauge("events_parts_held", "Parts of the topic that this process reads.")

    def show(self, lag: Lag, now: float) -> None:
        self._unread.labels(lag.topic).set(lag.unread)
        self._pending.labels(lag.topic).set(lag.pending)
        self._dead.labels(lag.topic).set(lag.dead)
        age = now - lag.oldest.timestamp() if lag.oldest else 0.0
        self._oldest.labels(lag.topic).set(max(age, 0.0))

    def hold(self, topic: str, parts: int) -> None:
        self._held.labels(topic).set(parts)


def of_group(lags: Sequence[Lag], group: str) -> Lag | None:
    """The lag of one group among those of a topic."""
    return next((lag for lag in lags if lag.group == group), None)
