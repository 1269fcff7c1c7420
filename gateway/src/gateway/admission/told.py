"""What is told of every request: metrics by service and class, a span, and one access line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector

from ..chassis.metrics import Distribution, Metrics
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
        self._kinds: dict[tuple[str, str, str, str, int], tuple[Kind, Distribution]] = {}
        metrics.registry.register(self)

    def finished(self, head: Head, verdict: Verdict, outcome: Outcome) -> None:
        if forwarded := isinstance(verdict, Forward):
            plan = verdict.plan
            route, service, limit = plan.route, plan.service, plan.limit
        else:
            route, service, limit = verdict.route, "", verdict.limit
        method, status = head.start.method, outcome.status
        known = self._kinds.get((method, route, service, limit, status))
        if known is None:
            known = self._kind(method, route, service, limit, status)
        kind, answered = known
        answered.observe(outcome.seconds)
        self._requests[service, limit, status] += 1
        self._access.write(kind, head, outcome)
        if self._tracing.enabled and forwarded:
            scope = _scope(head, method, route)
            self._tracing.answered(outcome.names.context(), scope, status, outcome.seconds)

    def _kind(
        self, method: str, route: str, service: str, limit: str, status: int
    ) -> tuple[Kind, Distribution]:
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


def _scope(head: Head, method: str, route: str) -> dict[str, object]:
    """The request as ASGI would tell of it, for the span."""
    return {
        "method": method,
        "path": head.path,
        "route_template": route,
        "scheme": head.scheme,
        "http_version": head.version,
        "client": (head.client, 0),
    }
