"""One service as a whole: left alone while it fails, and repeated to only where that is rare."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from .window import Window

FAILING_SHARE: Final = 0.5
FEWEST: Final = 20
OPEN_SECONDS: Final = 5.0
RETRY_SHARE: Final = 0.2
RETRY_RESERVE: Final = 3
_PERIOD: Final = 5.0


class Service:
    """The circuit breaker and the retry budget that all routes of a service share.

    More than half of at least twenty requests failed: for five seconds nobody is let through, then
    one request is, and its end decides.
    """

    def __init__(self, name: str, suspect: Callable[[str], None] | None = None) -> None:
        self.name = name
        self._suspect = suspect
        self.troubled_until = 0.0  # some instance is ejected until then
        self._requests = Window(_PERIOD)
        self._retries = Window(_PERIOD)
        self.open_until = 0.0  # 0: the circuit is closed, and everybody is admitted
        self._probing = False

    def unreachable(self, instance_id: str) -> None:
        """No connection to this instance came about: whoever wants to know is told."""
        if self._suspect is not None:
            self._suspect(instance_id)

    def trouble(self, until: float) -> None:
        """An instance is ejected until then: choose with care."""
        self.troubled_until = max(self.troubled_until, until)

    def admits(self, now: float) -> bool:
        """May a request be sent?  Each that may is to be settled."""
        if not self.open_until:
            return True
        if self._probing or now < self.open_until:
            return False
        self._probing = True
        return True

    def settle(self, now: float, *, failed: bool) -> None:
        """A request that was admitted has ended."""
        if self.open_until:
            self._settle_probe(now, failed)
            return
        self._requests.add(now, failed)
        if failed and self._fails:
            self.open_until = now + OPEN_SECONDS

    def forget(self) -> None:
        """A request that was admitted ended, and nobody knows whether the service is well."""
        self._probing = False

    def may_repeat(self, now: float) -> bool:
        """Take one retry from the budget: a fifth of the requests, and always a few."""
        if self._retries.total >= RETRY_RESERVE + RETRY_SHARE * self._requests.total:
            return False
        self._retries.add(now)
        return True

    @property
    def _fails(self) -> bool:
        total = self._requests.total
        return total >= FEWEST and self._requests.marked >= FAILING_SHARE * total

    def _settle_probe(self, now: float, failed: bool) -> None:
        if now < self.open_until:
            return  # it was sent before the circuit opened
        self._probing = False
        if failed:
            self.open_until = now + OPEN_SECONDS
        else:
            self._requests.clear()
            self.open_until = 0.0
