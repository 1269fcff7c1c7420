"""What is told of every request: metrics by service and class, a span, and one access line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector

from ..chassis.metrics import Metrics
from ..chassis.tally import Count, Distribution
from ..chassis.tracing import Tracing
from ..wire.contract import Forward, Head, Outcome, Verdict
from .access import AccessLog, Kind

_MOST_KINDS: Final = 10_000


class Known(NamedTuple):
    """Where requests of one kind are counted, and what their lines have in common."""

    kind: Kind
    answered: Distribution
    requests: Count


class Told(Collector):
    """Counts and logs requests that have ended; what is alike in many is worked out once."""

    def __init__(self, metrics: Metrics, tracing: Tracing, access: AccessLog) -> None:
        self._metrics = metrics
        self._tracing = tracing
        self._traced = tracing.enabled
        self._write = access.write
        self._requests: dict[tuple[str, str, int], Count] = {}
        self._kinds: dict[tuple[str, str, str, str, int], Known] = {}
        metrics.registry.register(self)

    def finished(self, head: Head, verdict: Verdict, outcome: Outcome) -> None:
        status, known = outcome.status, None
        if forwarded := isinstance(verdict, Forward):
            known = verdict.plan.told.get(status)
        if known is None:
            known = self._known(head, verdict, status)
        known.requests.rise()
        known.answered.observe(outcome.seconds)
        self._write(known.kind, head, outcome)
        if forwarded and self._traced:
            scope = _scope(head, known.kind)
            self._tracing.answered(outcome.names.context(), scope, status, outcome.seconds)

    def _known(self, head: Head, verdict: Verdict, status: int) -> Known:
        if isinstance(verdict, Forward):
            plan = verdict.plan
            known = self._kind(head.method, plan.route, plan.service, plan.limit, status)
            plan.told[status] = known
            return known
        return self._kind(head.method, verdict.route, "", verdict.limit, status)

    def _kind(self, method: str, route: str, service: str, limit: str, status: int) -> Known:
        key = (method, route, service, limit, status)
        known = self._kinds.get(key)
        if known is None:
            if len(self._kinds) >= _MOST_KINDS:
                self._kinds.clear()
            known = self._kinds[key] = Known(
                Kind(method, route, service, status),
                self._metrics.answers(method, route, status),
                self._requests.setdefault((service, limit, status), Count()),
            )
        return known

    def collect(self) -> Iterator[Metric]:
        requests = CounterMetricFamily(
            "gateway_requests",
            "Requests by the service that was to answer, the class they count with, and status.",
            labels=("service", "limit", "status"),
        )
        for (service, limit, status), count in self._requests.items():
            requests.add_metric((service or "none", limit, str(status)), count.value)
        yield requests


def _scope(head: Head, kind: Kind) -> dict[str, object]:
    """The request as ASGI would tell of it, for the span."""
    return {
        "method": kind.method,
        "path": head.path,
        "route_template": kind.route,
        "scheme": head.scheme,
        "http_version": head.version,
        "client": (head.client, 0),
    }
