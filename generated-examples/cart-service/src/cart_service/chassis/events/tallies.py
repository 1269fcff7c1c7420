"""What arrives, by type: figures that cost next to nothing until somebody asks for them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from prometheus_client import CollectorRegistry, Counter
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric

from ..tally import BUCKETS, Distribution

_AGES: Final = (*BUCKETS, 30.0, 60.0, 300.0, 3600.0)


class TypeTally:
    """The figures of one type of event that has a handler."""

    __slots__ = ("age", "ended", "seconds")

    def __init__(self) -> None:
        self.age = Distribution(_AGES)
        self.seconds = Distribution()
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
            tally.seconds.show(seconds, (kind,))
            tally.age.show(age, (kind,))
        yield from (ended, seconds, age)
