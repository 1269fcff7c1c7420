"""Whether an attempt is repeated, and after which pause."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from .answer import Answer
from .call import Call
from .errors import TooSlow, Unreachable
from .outcome import Outcome, retry_after

_PASSING: Final = frozenset({429, 502, 503, 504})
_BASE_SECONDS: Final = 0.05
_CAP_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Full jitter: a random pause up to a bound that doubles; `draw` is random but for tests."""

    attempts: int
    draw: Callable[[], float] = random.random

    def pause(self, call: Call, outcome: Outcome, *, attempt: int, elsewhere: bool) -> float | None:
        """Seconds until the next attempt; None: this outcome is the last.

        `attempt` counts from 1.  An instance that named a time (Retry-After) is not asked earlier,
        but another one is, `elsewhere`; a limit on requests (429) is the same at all of them.
        """
        if attempt >= self.attempts or not _worth_repeating(call, outcome):
            return None
        jittered = self.draw() * min(_CAP_SECONDS, _BASE_SECONDS * 2.0**attempt)
        if not isinstance(outcome, Answer) or (elsewhere and outcome.status != 429):
            return jittered
        return max(jittered, retry_after(outcome))


def _worth_repeating(call: Call, outcome: Outcome) -> bool:
    if isinstance(outcome, Answer):
        return call.idempotent and outcome.status in _PASSING
    if isinstance(outcome, Unreachable):
        return call.idempotent or not outcome.sent
    return call.idempotent and isinstance(outcome, TooSlow)
