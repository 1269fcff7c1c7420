"""The registry's numbers: instances by service and state, checks by outcome.

The services' names are labels: the quotas bound them, and a service that is gone leaves no series.
"""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from .models import Outcome, State
from .repository import Instances


class InstanceCollector(Collector):
    """Counts the instances when somebody looks."""

    def __init__(self, instances: Instances) -> None:
        self._instances = instances

    def collect(self) -> Iterator[GaugeMetricFamily]:
        gauge = GaugeMetricFamily(
            "registry_instances", "Instances known, by state.", labels=("service", "state")
        )
        now = self._instances.clock()
        for name, some in self._instances.services().items():
            states = Tally(one.state(now) for one in some)
            for state in State:
                gauge.add_metric([name, state], states[state])
        yield gauge


class CheckMetrics:
    """Counts the health checks."""

    def __init__(self, registry: CollectorRegistry) -> None:
        checks = Counter(
            "registry_checks", "Health checks made, by outcome.", ("outcome",), registry=registry
        )
        self._by_outcome = {outcome: checks.labels(outcome.value) for outcome in Outcome}

    def count(self, outcome: Outcome) -> None:
        self._by_outcome[outcome].inc()
