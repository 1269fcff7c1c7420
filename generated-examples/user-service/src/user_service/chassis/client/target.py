"""What is known of one service: its breaker, budget and bulkhead, and who is asked next."""

from __future__ import annotations

import structlog

from .balancer import Balancer
from .breaker import Breaker, State
from .budget import RetryBudget
from .bulkhead import Bulkhead
from .settings import ClientSettings
from .window import Clock

log = structlog.get_logger()


class Target:
    """One service that is called; never shared with another, so that none suffers for another."""

    def __init__(self, service: str, settings: ClientSettings, clock: Clock) -> None:
        self.service = service
        self.balancer = Balancer(clock)
        self.breaker = Breaker(clock, self._tell)
        self.budget = RetryBudget(clock)
        self.bulkhead = Bulkhead(
            service, concurrency=settings.concurrency, waiting=settings.waiting
        )

    def _tell(self, state: State) -> None:
        tell = log.warning if state is State.open else log.info
        tell("client.breaker", target=self.service, state=state.value)
