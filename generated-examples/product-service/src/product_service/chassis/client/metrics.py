"""What calls to other services cost, and how those services are."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from ..errors import ServiceError
from ..tally import BUCKETS
from .breaker import State
from .errors import (
    Crowded,
    LeftAlone,
    NotFoundAnywhere,
    NoTimeLeft,
    TooSlow,
    Unreachable,
    UpstreamProblem,
)
from .target import Target

_OUTCOMES: Final[dict[type[BaseException], str]] = {
    UpstreamProblem: "problem",
    Unreachable: "unreachable",
    NotFoundAnywhere: "no_instance",
    LeftAlone: "left_alone",
    Crowded: "crowded",
    NoTimeLeft: "no_time_left",
    TooSlow: "too_slow",
}


class Metrics:
    """Calls by service and outcome, their seconds, and attempts beyond the first."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
        self._calls = Counter(
            "client_calls",
            "Calls to other services, by service and outcome.",
            ("service", "outcome"),
            registry=registry,
        )
        self._seconds = Histogram(
            "client_call_duration_seconds",
            "Seconds of a call, with its waiting and its retries.",
            ("service",),
            buckets=BUCKETS,
            registry=registry,
        )
        self._retries = Counter(
            "client_retries", "Attempts beyond the first.", ("service",), registry=registry
        )

    def watch(self, targets: Collection[Target]) -> None:
        """Show the state of these, too."""
        self._registry.register(TargetCollector(targets))

    def retried(self, service: str) -> None:
        self._retries.labels(service).inc()

    @contextmanager
    def timed(self, service: str) -> Iterator[None]:
        """Count the call inside, by what it raises."""
        begun = perf_counter()
        outcome = "ok"
        try:
            yield
        except BaseException as error:
            other = "failed" if isinstance(error, ServiceError) else "cancelled"
            outcome = _OUTCOMES.get(type(error), other)
            raise
        finally:
            self._calls.labels(service, outcome).inc()
            self._seconds.labels(service).observe(perf_counter() - begun)


class TargetCollector(Collector):
    """Reads breakers and bulkheads when it is scraped, so that calls pay nothing for them."""

    def __init__(self, targets: Collection[Target]) -> None:
        self._targets = targets

    def collect(self) -> Iterator[Metric]:
        breakers = GaugeMetricFamily(
            "client_breaker_state",
            "1 for the state that the circuit breaker is in.",
            labels=["service", "state"],
        )
        places = GaugeMetricFamily(
            "client_bulkhead_calls", "Calls under way and waiting.", labels=["service", "state"]
        )
        limits = GaugeMetricFamily(
            "client_bulkhead_limit", "The most calls under way.", labels=["service"]
        )
        for target in self._targets:
            for state in State:
                breakers.add_metric([target.service, state], target.breaker.state is state)
            places.add_metric([target.service, "under_way"], target.bulkhead.under_way)
            places.add_metric([target.service, "waiting"], target.bulkhead.waiting)
            limits.add_metric([target.service], target.bulkhead.concurrency)
        yield from (breakers, places, limits)
