"""Numbers that are raised for every request, and are looked at now and then.

The library's lock each number, and its histogram looks through the buckets one by one; here that is
done when somebody asks.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate
from operator import add
from typing import Final

from prometheus_client.core import HistogramMetricFamily

BUCKETS: Final[tuple[float, ...]] = (
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
)  # fmt: skip


class Count:
    """A number that rises."""

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value = 0

    def rise(self) -> None:
        self.value += 1


class Distribution:
    """How many values fell into which bucket."""

    __slots__ = ("_bounds", "_counts", "_sum")

    def __init__(self, bounds: tuple[float, ...] = BUCKETS) -> None:
        self._bounds = bounds
        self._counts = [0] * (len(bounds) + 1)  # each its own, the last one has the rest
        self._sum = 0.0

    @property
    def count(self) -> int:
        return sum(self._counts)

    def observe(self, value: float) -> None:
        self._counts[bisect_left(self._bounds, value)] += 1
        self._sum += value

    def __add__(self, other: Distribution) -> Distribution:
        """The values of both, whose buckets are the same."""
        both = Distribution(self._bounds)
        both._counts = [*map(add, self._counts, other._counts)]
        both._sum = self._sum + other._sum
        return both

    def show(self, family: HistogramMetricFamily, labels: Sequence[str]) -> None:
        """Give it to the family under these labels."""
        names = [*map(str, self._bounds), "+Inf"]
        buckets = list(zip(names, accumulate(self._counts), strict=True))
        family.add_metric(labels, buckets, self._sum)
