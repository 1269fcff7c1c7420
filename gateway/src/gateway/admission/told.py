"""What is told of every request: metrics by service and class, a span, and one access line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector

from ..chassis.metrics import Answered, Metrics
from ..chassis.tracing import Tracing
from ..wire.contract import Forward, Head, Outcome, Verdict
from .access import AccessLog, Kind

_MOST_KINDS: Final = 10_000


class Told(Collector):
    """Counts and logs requests that have ended; what is alike in many is worked out once."""

    def __init__(self, metrics: Metrics, tracing: Tracing, access: AccessLog) -> None:
        self._metrics = metrics
        self._tracing = tracing
        self._access = access
        self._requests: dict[tuple[str, str, int], int] = {}
        self._kinds: dict[tuple[str, str, str, str, int], tuple[Kind, Answered]] = {}
        metrics.registry.register(self)

    def finished(self, head: Head, verdict: Verdict, outcome: Outcome, limit: str) -> None:
        forwarded = isinstance(verdict, Forward)
        route = verdict.plan.route if isinstance(verdict, Forward) else verdict.route
        service = verdict.plan.service if isinstance(verdict, Forward) else ""
        status = outcome.status
        known = self._kinds.get((head.method, route, service, limit, status))
        if known is None:
            known = self._kind(head.method, route, service, limit, status)
        kind, answered = known
        answered.add(outcome.seconds)
        self._requests[service, limit, status] += 1
        self._access.write(kind, head, outcome)
        if self._tracing.enabled and forwarded:
            context = outcome.names.context()
            self._tracing.answered(context, _scope(head, route), status, outcome.seconds)

    def _kind(
        self, method: str, route: str, service: str, limit: str, status: int
    ) -> tuple[Kind, Answered]:
        if len(self._kinds) >= _MOST_KINDS:
            self._kinds.clear()
        known = (Kind(method, route, service, status), self._metrics.answers(method, route, status))
        self._kinds[method, route, service, limit, status] = known
        self._requests.setdefault((service, limit, status), 0)
        return known

    def collect(self) -> Iterator[Metric]:
        requests = CounterMetricFamily(
            "gateway_requests",
            "Requests by the service that was to answer, the class they count with, and status.",
            labels=("service", "limit", "status"),
        )
        for (service, limit, status), count in self._requests.items():
            requests.add_metric((service or "none", limit, str(status)), count)
        yield requests


def _scope(head: Head, route: str) -> dict[str, object]:
    """The request as ASGI would tell of it, for the span."""
    return {
        "method": head.method,
        "path": head.path,
        "route_template": route,
        "scheme": head.scheme,
        "http_version": head.version,
        "client": (head.client, 0),
    }
