"""What is known of the routes, at the moment when somebody asks for the metrics."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from .discovery import Discovery


class RoutesCollector(Collector):
    """Prefixes, clashes, and whether the registry's changes come by its stream."""

    def __init__(self, discovery: Discovery) -> None:
        self._discovery = discovery

    def collect(self) -> Iterator[Metric]:
        table = self._discovery.table
        yield GaugeMetricFamily(
            "gateway_route_prefixes", "Prefixes that are routed.", len(table.routes) if table else 0
        )
        yield GaugeMetricFamily(
            "gateway_route_clashes",
            "Prefixes that a service claims and another one owns.",
            len(table.clashes) if table else 0,
        )
        yield GaugeMetricFamily(
            "gateway_registry_watched",
            "1 while the registry's changes come by its stream.",
            float(self._discovery.watching),
        )
