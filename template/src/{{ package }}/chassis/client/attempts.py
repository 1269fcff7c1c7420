"""All attempts of one call: each elsewhere, none without the breaker's and the budget's leave."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from ..errors import ServiceError
from .answer import Answer
from .call import Call, Deadline
from .errors import LeftAlone, NoTimeLeft, TooSlow, Unreachable
from .outcome import Outcome
from .retry import RetryPolicy
from .target import Target
from .window import Clock

# Sends the call to the instance with this base URL, as its attempt of this number.
Send = Callable[[str, int], Awaitable[Answer]]
# Where the instances are now, if that is known.
Look = Callable[[], Awaitable[Sequence[str]]]


class Attempts:
    """The attempts of a call at these instances of its target."""

    def __init__(
        self, call: Call, target: Target, instances: Sequence[str], deadline: Deadline, clock: Clock
    ) -> None:
        self._call = call
        self._target = target
        self._instances = instances
        self._deadline = deadline
        self._clock = clock
        self._tried: set[str] = set()

    async def make(
        self, send: Send, policy: RetryPolicy, look: Look, repeated: Callable[[], None]
    ) -> Outcome:
        """The outcome of the last attempt; `repeated` is called before each one but the first.

        Where none who is known can be reached, it may be that all of them have been replaced.
        """
        self._target.budget.count_call()
        attempt = 1
        while True:
            outcome = await self._attempt(send, attempt)
            elsewhere = len(self._tried) < len(self._instances)
            pause = policy.pause(self._call, outcome, attempt=attempt, elsewhere=elsewhere)
            if pause is None or not self._affords(pause):
                return outcome
            repeated()
            await asyncio.sleep(pause)
            if isinstance(outcome, Unreachable) and not elsewhere:
                self._instances = await look() or self._instances
            attempt += 1

    def _affords(self, pause: float) -> bool:
        left = self._deadline.left(self._clock())
        return pause < left and self._target.budget.spend()

    async def _attempt(self, send: Send, attempt: int) -> Outcome:
        permit = self._target.breaker.admit()
        if permit is None:
            return LeftAlone(self._call.service)
        instance = self._target.balancer.pick(self._instances, self._tried)
        self._tried.add(instance)
        outcome: Outcome | None = None
        try:
            with self._target.balancer.using(instance):
                outcome = await send(instance, attempt)
        except ServiceError as error:
            outcome = error
        finally:
            self._target.breaker.settle(permit, failed=self._blames(outcome))
        if isinstance(outcome, Unreachable):
            self._target.balancer.suspect(instance)
        return outcome

    def _blames(self, outcome: Outcome | None) -> bool | None:
        """Whether the service is at fault; None if nobody can say: cancelled, or hurried by others.

        A deadline of a caller, who may be anybody, must not open the breaker for all.
        """
        if isinstance(outcome, Answer):
            return outcome.status >= 500
        hurried = self._deadline.inherited and not self._deadline.left(self._clock())
        if outcome is None or isinstance(outcome, NoTimeLeft):
            return None
        return None if hurried and isinstance(outcome, TooSlow) else True
