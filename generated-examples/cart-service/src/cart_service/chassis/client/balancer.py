"""Which instance is asked: of two drawn by lot the one with fewer calls under way.

As good as asking the least busy of all, without every caller running to the same one.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from .window import Clock

SUSPECT_SECONDS: Final = 5.0

# Draws two of the instances; random.sample, but for tests.
Draw = Callable[[Sequence[str], int], list[str]]


class Balancer:
    """Knows of each instance, by its base URL, how busy it is and whether it just was away."""

    def __init__(self, clock: Clock, draw: Draw = random.sample) -> None:
        self._clock = clock
        self._draw = draw
        self._under_way: Counter[str] = Counter()
        self._suspect_until: dict[str, float] = {}

    def pick(self, instances: Sequence[str], tried: Collection[str]) -> str:
        """An instance not tried yet and not suspect, as far as there is one."""
        untried = [one for one in instances if one not in tried] or instances
        trusted = [one for one in untried if not self._suspected(one)] or untried
        drawn = self._draw(trusted, min(2, len(trusted)))
        return min(drawn, key=lambda one: self._under_way[one])

    @contextmanager
    def using(self, instance: str) -> Iterator[None]:
        """A call to this instance is under way."""
        self._under_way[instance] += 1
        try:
            yield
        finally:
            self._under_way[instance] -= 1
            if not self._under_way[instance]:
                del self._under_way[instance]

    def suspect(self, instance: str) -> None:
        """It could not be reached: ask it last for some seconds, until the registry knows."""
        now = self._clock()
        recent = {one: until for one, until in self._suspect_until.items() if until > now}
        self._suspect_until = {**recent, instance: now + SUSPECT_SECONDS}

    def _suspected(self, instance: str) -> bool:
        return self._suspect_until.get(instance, 0.0) > self._clock()
