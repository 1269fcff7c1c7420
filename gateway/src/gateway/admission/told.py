"""What is told of every request: metrics by service and class, a span, and one access line."""

from __future__ import annotations

import structlog
from prometheus_client import CollectorRegistry, Counter

from ..chassis.metrics import Metrics
from ..chassis.tracing import Tracing
from ..wire.contract import Forward, Head, Outcome, Verdict

log = structlog.get_logger()


class Told:
    """Counts and logs requests that have ended."""

    def __init__(self, metrics: Metrics, tracing: Tracing) -> None:
        self._metrics = metrics
        self._tracing = tracing
        self._services = _Requests(metrics.registry)

    def finished(self, head: Head, verdict: Verdict, outcome: Outcome, limit: str) -> None:
        forwarded = isinstance(verdict, Forward)
        route = verdict.plan.route if isinstance(verdict, Forward) else verdict.route
        service = verdict.plan.service if isinstance(verdict, Forward) else ""
        self._metrics.observe(head.method, route, outcome.status, outcome.seconds)
        self._services.count(service, limit, outcome.status)
        if self._tracing.enabled and forwarded:
            scope = {"method": head.method, "path": head.path, "route_template": route}
            context = outcome.names.context()
            self._tracing.answered(context, scope, outcome.status, outcome.seconds)
        log.info(
            "http.request",
            method=head.method,
            path=head.path,
            route=route,
            upstream=service,
            status=outcome.status,
            ms=round(outcome.seconds * 1000, 2),
            client=head.client,
            request_id=outcome.names.request_id,
            trace_id=outcome.names.trace_id,
            **_rare(outcome),
        )


class _Requests:
    """Requests by service, class of limits and kind of answer; nothing is looked up twice."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._counter = Counter(
            "gateway_requests",
            "Requests by the service that was to answer, the class they count with, and status.",
            ("service", "limit", "status"),
            registry=registry,
        )
        self._known: dict[tuple[str, str, int], Counter] = {}

    def count(self, service: str, limit: str, status: int) -> None:
        known = self._known.get((service, limit, status))
        if known is None:
            known = self._counter.labels(service or "none", limit, str(status))
            self._known[service, limit, status] = known
        known.inc()


def _rare(outcome: Outcome) -> dict[str, object]:
    """What most requests have nothing to say about."""
    said: dict[str, object] = {}
    if outcome.failure:
        said |= {"failure": outcome.failure, "instance": outcome.instance}
    if outcome.retried:
        said["retried"] = True
    return said
