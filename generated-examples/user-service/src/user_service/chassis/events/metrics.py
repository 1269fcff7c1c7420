"""How much was sent, and how far behind we are."""

from __future__ import annotations

from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge

from .transport import Lag


class RelayMetrics:
    """What leaves by the outbox."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.sent = Counter("events_sent", "Events sent to the transport.", registry=registry)
        self.rows = Gauge("events_outbox_rows", "Events that wait to be sent.", registry=registry)
        self.oldest = Gauge(
            "events_outbox_oldest_seconds", "How long the oldest has waited.", registry=registry
        )


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
