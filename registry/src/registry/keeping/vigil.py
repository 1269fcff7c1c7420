"""What only the one who keeps watch knows: who was heard when, and how checks went in a row.

It is told the time and starts from nothing: whoever takes the watch over gives every lease its
full time again, so that no registry's absence is taken for the absence of the services.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final, Self

from ..instance.models import Instance
from .timetable import Timetable

FEWEST_TO_PRESERVE: Final = 5


@dataclass(frozen=True, slots=True)
class Rules:
    """When the verdict on an instance changes; seconds, and checks in a row."""

    rise: int = 2
    fall: int = 3
    evict_seconds: float = 90.0


@dataclass(frozen=True, slots=True)
class Streak:
    """The verdict of the checks, and how many in a row have contradicted it."""

    passing: bool = True
    contradicting: int = 0

    def after(self, passed: bool, rules: Rules) -> Self:
        """The verdict turns after `fall` failures in a row, and back after `rise` successes."""
        if passed is self.passing:
            return replace(self, contradicting=0)
        enough = rules.fall if self.passing else rules.rise
        if self.contradicting + 1 < enough:
            return replace(self, contradicting=self.contradicting + 1)
        return replace(self, contradicting=0, passing=passed)


class Vigil:
    """The two clocks of every instance, and its streak."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self._heard: dict[str, float] = {}
        self._streaks: dict[str, Streak] = {}
        self._silence = Timetable()
        self._eviction = Timetable()
        self._evicted: deque[float] = deque()

    def begin(self, instances: Iterable[Instance], now: float) -> None:
        """Forget everything, and give all these their full time."""
        self.__init__(self.rules)  # type: ignore[misc]  # nothing of before is to be kept
        for instance in instances:
            self.heard(instance, now)
            self._streaks[instance.id] = Streak(instance.passing)

    def came(self, instance: Instance, now: float) -> None:
        """It registered: its checks begin anew, and its lease."""
        self.heard(instance, now)
        self._streaks[instance.id] = Streak()

    def heard(self, instance: Instance, at: float) -> None:
        self._heard[instance.id] = at
        self._silence.set(instance.id, at + instance.ttl)
        self._eviction.set(instance.id, at + max(instance.ttl, self.rules.evict_seconds))

    def went(self, id: str) -> None:
        self._heard.pop(id, None)
        self._streaks.pop(id, None)
        self._silence.drop(id)
        self._eviction.drop(id)

    def fallen_silent(self, now: float) -> Iterator[str]:
        return self._silence.take(now)

    def overdue(self, now: float) -> list[str]:
        """Who was silent for so long that it is to be forgotten."""
        return list(self._eviction.take(now))

    def later(self, id: str, at: float) -> None:
        """Look at an eviction that did not come about again."""
        self._eviction.set(id, at)

    def judge(self, id: str, passed: bool) -> bool:
        """The verdict on the instance after one more check."""
        streak = self._streaks.get(id, Streak()).after(passed, self.rules)
        self._streaks[id] = streak
        return streak.passing

    def evicted(self, now: float) -> None:
        self._evicted.append(now)

    def preserving(self, silent: int, known: int, now: float) -> bool:
        """Whether more than half of all would vanish in one window: then nobody is forgotten.

        Those who are silent now vanish within the eviction time, those evicted within it have.
        """
        while self._evicted and self._evicted[0] <= now - self.rules.evict_seconds:
            self._evicted.popleft()
        gone = len(self._evicted)
        return known + gone >= FEWEST_TO_PRESERVE and 2 * (silent + gone) > known + gone
