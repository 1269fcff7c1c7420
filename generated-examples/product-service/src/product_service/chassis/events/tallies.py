"""What arrives, by type: figures that cost next to nothing until somebody asks for them.

The library's own histograms take longer than a quick handler: a lock for each number, and a search
through the buckets one by one.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Final

from prometheus_client import CollectorRegistry, Counter
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric

from ..metrics import BUCKETS

_AGES: Final = (*BUCKETS, 30.0, 60.0, 300.0, 3600.0)


class Distribution:
    """How many values fell into which bucket."""

    __slots__ = ("_bounds", "_counts", "_sum")

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = bounds
        self._counts = [0] * (len(bounds) + 1)
        self._sum = 0.0

    def observe(self, value: float) -> None:
        self._counts[bisect_left(self._bounds, value)] += 1
        self._sum += value

    def show(self, family: HistogramMetricFamily, label: str) -> None:
        names = [*map(str, self._bounds), "+Inf"]
        buckets = list(zip(names, accumulate(self._counts), strict=True))
        family.add_metric([label], buckets, self._sum)


class TypeTally:
    """The figures of one type of event that has a handler."""

    __slots__ = ("age", "ended", "seconds")

    def __init__(self) -> None:
        self.age = Distribution(_AGES)
        self.seconds = Distribution(BUCKETS)
        self.ended = {"done": 0, "failed": 0, "duplicate": 0}


class Tallies:
    """Those of all types; a collector of the library's."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._by_type: dict[str, TypeTally] = {}
        self.unknown = Counter(
            "events_unknown", "Events of types that have no handler here.", registry=registry
        )
        registry.register(self)

    def of(self, type: str) -> TypeTally:
        return self._by_type.setdefault(type, TypeTally())

    def collect(self) -> Iterator[Metric]:
        ended = CounterMetricFamily(
            "events_handled", "Tries to handle an event.", labels=("type", "outcome")
        )
        seconds = HistogramMetricFamily(
            "events_handler_seconds", "Seconds that handlers took.", labels=("type",)
        )
        age = HistogramMetricFamily(
            "events_age_seconds",
            "Seconds from an event's publication to the begin of its handler.",
            labels=("type",),
        )
        for kind, tally in self._by_type.items():
            for outcome, count in tally.ended.items():
                ended.add_metric((kind, outcome), count)
            tally.seconds.show(seconds, kind)
            tally.age.show(age, kind)
        yield from (ended, seconds, age)
