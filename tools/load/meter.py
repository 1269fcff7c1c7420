"""What was answered, how late, and what was wrong with it."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from time import perf_counter

from tools.shop.answers import Answer, Unexpected

_LONGEST = 300


@dataclass
class Meter:
    """The seconds that each route took, and everything that should not have been answered."""

    seconds: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    wrong: Counter[str] = field(default_factory=Counter)
    wrong_of: Counter[str] = field(default_factory=Counter)

    @property
    def requests(self) -> int:
        return sum(map(len, self.seconds.values()))

    @property
    def latest(self) -> Sequence[float]:
        """The seconds of all requests."""
        return [one for several in self.seconds.values() for one in several]

    def fault(self, route: str, what: str) -> None:
        self.wrong[f"{route} {what}"[:_LONGEST]] += 1
        self.wrong_of[route] += 1


class Visit:
    """The requests of one who came; the first counts from when it was due."""

    def __init__(self, meter: Meter, due: float) -> None:
        self._meter = meter
        self._begun: float | None = due

    async def ask(self, route: str, asking: Awaitable[Answer], *wanted: int) -> Answer:
        """The answer, which has one of these statuses; raises Unexpected."""
        begun = self._begun or perf_counter()
        self._begun = None
        answer = await asking
        self._meter.seconds[route].append(perf_counter() - begun)
        try:
            return answer.wanted(*wanted)
        except Unexpected:
            said = answer.code or answer.body.decode(errors="replace")
            self._meter.fault(route, f"answered {answer.status} {said}")
            raise


def percentile(values: Sequence[float], percent: float) -> float:
    """The value that so many percent do not exceed; 0 of none."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)] if ordered else 0.0
