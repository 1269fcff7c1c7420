"""The numbers of keeping watch: checks by outcome, departures, and who keeps it."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge

from ..instance.models import Outcome


class KeeperMetrics:
    """Counts the health checks and the evictions."""

    def __init__(self, registry: CollectorRegistry) -> None:
        checks = Counter(
            "registry_checks", "Health checks made, by outcome.", ("outcome",), registry=registry
        )
        self._by_outcome = {outcome: checks.labels(outcome.value) for outcome in Outcome}
        self.evictions = Counter(
            "registry_evictions", "Instances forgotten for their silence.", registry=registry
        )
        self.watching = Gauge(
            "registry_keeps_watch", "1 where this replica makes the checks.", registry=registry
        )
        self.preserving = Gauge(
            "registry_preserves",
            "1 while too many are silent for anybody to be forgotten.",
            registry=registry,
        )

    def count(self, outcome: Outcome) -> None:
        self._by_outcome[outcome].inc()
