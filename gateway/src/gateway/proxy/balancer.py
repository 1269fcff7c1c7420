"""Which instance gets a request: of two chosen at random, the one with less in flight."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from ..routing.table import Instance


class Balancer:
    """Counts the requests in flight at each instance, and chooses by them."""

    def __init__(self, chance: random.Random | None = None) -> None:
        self._chance = chance or random.Random()
        self._in_flight: Counter[str] = Counter()

    def choose(self, instances: Sequence[Instance]) -> Instance | None:
        if len(instances) <= 1:
            return instances[0] if instances else None
        one, other = self._chance.sample(instances, 2)
        return other if self._in_flight[other.id] < self._in_flight[one.id] else one

    @contextmanager
    def carrying(self, instance: Instance) -> Iterator[None]:
        """A request is at this instance as long as this lasts."""
        self._in_flight[instance.id] += 1
        try:
            yield
        finally:
            self._in_flight[instance.id] -= 1
            if not self._in_flight[instance.id]:
                del self._in_flight[instance.id]
