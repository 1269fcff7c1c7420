"""What the cache saves, and what it costs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Literal

from prometheus_client import CollectorRegistry, Counter, Histogram

from ..tally import BUCKETS

Result = Literal["hit", "miss", "away"]


class CacheMetrics:
    def __init__(self, registry: CollectorRegistry) -> None:
        lookups = Counter(
            "cache_lookups",
            "Values asked for: found, not found, or Valkey did not answer.",
            ("result",),
            registry=registry,
        )
        results: tuple[Result, ...] = ("hit", "miss", "away")
        self._lookups = {result: lookups.labels(result) for result in results}
        self._loads = Counter("cache_loads", "Values loaded.", registry=registry)
        self._failures = Counter("cache_load_failures", "Loads that raised.", registry=registry)
        self._seconds = Histogram(
            "cache_load_duration_seconds",
            "Seconds a load took.",
            buckets=BUCKETS,
            registry=registry,
        )

    def looked(self, result: Result) -> None:
        """Count one value asked for."""
        self._lookups[result].inc()

    @contextmanager
    def loading(self) -> Iterator[None]:
        """Count and time the load inside."""
        begun = perf_counter()
        self._loads.inc()
        try:
            yield
        except Exception:
            self._failures.inc()
            raise
        finally:
            self._seconds.observe(perf_counter() - begun)
