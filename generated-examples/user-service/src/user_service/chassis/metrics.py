"""Prometheus metrics: requests by route template, latency, in flight, and the process itself.

Label values come from closed sets: a route template, a known method, a status.  Never an id.
"""

from __future__ import annotations

from typing import Final

from nexios.http import Request, Response
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    Info,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.exposition import choose_encoder

from .http import Reply
from .policy import PUBLIC
from .routing import Router

METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


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
        self._requests = Counter(
            "http_requests",
            "Requests answered, by route template, method and status.",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "http_request_duration_seconds",
            "Seconds from the request's head to the end of the answer.",
            ("method", "route"),
            buckets=BUCKETS,
            registry=self.registry,
        )
        self.in_flight = 0
        Gauge(
            "http_requests_in_flight", "Requests being answered now.", registry=self.registry
        ).set_function(lambda: self.in_flight)
        self._known: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answered request that took `seconds`."""
        key = (method if method in METHODS else "other", route, status)
        if key not in self._known:
            self._known[key] = (
                self._requests.labels(key[0], route, str(status)),
                self._seconds.labels(key[0], route),
            )
        requests, latency = self._known[key]
        requests.inc()
        latency.observe(seconds)

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
