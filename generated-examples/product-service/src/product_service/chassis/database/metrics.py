"""How full the connection pool is."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from .pool import Database


class PoolCollector(Collector):
    """Reads the pool's figures when it is scraped, so that requests pay nothing for them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def collect(self) -> Iterator[Metric]:
        pool = self._database.pool
        size, idle = (pool.get_size(), pool.get_idle_size()) if pool else (0, 0)
        connections = GaugeMetricFamily(
            "database_pool_connections", "Connections of the pool, by state.", labels=["state"]
        )
        connections.add_metric(["in_use"], size - idle)
        connections.add_metric(["idle"], idle)
        yield connections
        yield GaugeMetricFamily(
            "database_pool_limit",
            "The most connections the pool may open.",
            value=self._database.settings.pool_size,
        )
