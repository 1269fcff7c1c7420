"""The registry's numbers: instances by service and state, and the revision.

The services' names are labels: the quotas bound them, and a service that is gone leaves no series.
"""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from .models import State
from .view import View


class InstanceCollector(Collector):
    """Counts the instances when somebody looks."""

    def __init__(self, view: View) -> None:
        self._view = view

    def collect(self) -> Iterator[GaugeMetricFamily]:
        gauge = GaugeMetricFamily(
            "registry_instances", "Instances known, by state.", labels=("service", "state")
        )
        for name, some in self._view.services().items():
            states = Tally(one.state for one in some)
            for state in State:
                gauge.add_metric([name, state], states[state])
        yield gauge
        yield GaugeMetricFamily(
            "registry_revision", "The number of the last change.", value=self._view.revision
        )
