"""Prometheus metrics: requests by route template, latency, in flight, and the process itself.

Label values come from closed sets: a route template, a known method, a status.  Never an id.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import accumulate
from operator import add
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

METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Distribution:
    """How many values fell into which bucket: numbers in plain lists.

    The library's histogram locks each number, and looks through the buckets one by one; here that
    is done when somebody asks.
    """

    __slots__ = ("_bounds", "_counts", "_sum")

    def __init__(self, bounds: Sequence[float] = BUCKETS) -> None:
        self._bounds = bounds
        self._counts = [0] * (len(bounds) + 1)  # each its own, the last one has the rest
        self._sum = 0.0

    @property
    def count(self) -> int:
        return sum(self._counts)

    def observe(self, value: float) -> None:
        self._counts[bisect_left(self._bounds, value)] += 1
        self._sum += value

    def __add__(self, other: Distribution) -> Distribution:
        """The values of both, whose buckets are the same."""
        both = Distribution(self._bounds)
        both._counts = [*map(add, self._counts, other._counts)]
        both._sum = self._sum + other._sum
        return both

    def show(self, family: HistogramMetricFamily, *labels: str) -> None:
        """Give it to the family under these labels."""
        names = [*map(str, self._bounds), "+Inf"]
        buckets = list(zip(names, accumulate(self._counts), strict=True))
        family.add_metric(labels, buckets, self._sum)


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
            all_of_them.show(seconds, *labels)
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
