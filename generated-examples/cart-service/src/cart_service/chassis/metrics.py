"""Prometheus metrics: requests by route template, latency, in flight, and the process itself.

Label values come from closed sets: a route template, a known method, a status.  Never an id.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from nexios.http import Request, Response
from prometheus_client import (
    CollectorRegistry,
    Gauge,
    GCCollector,
    Info,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from .http import Reply
from .policy import PUBLIC
from .routing import Router
from .tally import Distribution

METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Answers(Collector):
    """How many requests of each kind were answered, and how long they took."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str, int], Distribution] = {}

    def of(self, method: str, route: str, status: int) -> Distribution:
        key = (method if method in METHODS else "other", route, status)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = Distribution()
        return known

    def collect(self) -> Iterator[Metric]:
        requests = CounterMetricFamily(
            "http_requests",
            "Requests answered, by route template, method and status.",
            labels=("method", "route", "status"),
        )
        seconds = HistogramMetricFamily(
            "http_request_duration_seconds",
            "Seconds from the request's head to the end of the answer.",
            labels=("method", "route"),
        )
        routes: defaultdict[tuple[str, str], Distribution] = defaultdict(Distribution)
        for (method, route, status), one in self._known.items():
            requests.add_metric((method, route, str(status)), one.count)
            routes[method, route] += one
        for labels, all_of_them in routes.items():
            all_of_them.show(seconds, labels)
        yield requests
        yield seconds


class Metrics:
    """The numbers of one service; features add theirs to `registry`."""

    def __init__(self, service: str, version: str) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # they double the series
        self.registry = CollectorRegistry()
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self.registry)
        Info("service", "What runs here.", registry=self.registry).info(
            {"service": service, "version": version}
        )
        self._answers = Answers()
        self.registry.register(self._answers)
        self.in_flight = 0
        Gauge(
            "http_requests_in_flight", "Requests being answered now.", registry=self.registry
        ).set_function(lambda: self.in_flight)

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answered request that took `seconds`."""
        self.answers(method, route, status).observe(seconds)

    def answers(self, method: str, route: str, status: int) -> Distribution:
        """Where requests of this kind are counted, for who looks it up only once."""
        return self._answers.of(method, route, status)

    def render(self, accept: str) -> Reply:
        """The exposition in the format that the scraper asks for."""
        encode, content_type = choose_encoder(accept)
        return Reply(encode(self.registry), content_type=content_type)

    def router(self) -> Router:
        router = Router(policy=PUBLIC)

        @router.get("/metrics", exclude_from_schema=True, quiet=True)
        async def metrics(request: Request, response: Response) -> Reply:
            return self.render(request.headers.get("accept") or "")

        return router
