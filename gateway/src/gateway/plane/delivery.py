"""Brings a request to an instance, and to a second one where that can do no harm."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import Protocol

from ..balance.endpoint import Endpoint
from ..chassis.errors import ServiceError
from ..errors import LeftAlone, NoAnswer, NoHealthyInstance, TooBusy, Unreachable
from ..wire.contract import Plan
from .pool import Pool
from .upstream import Upstream


class Sender(Protocol):
    """Whose request is delivered."""

    def connected(self, upstream: Upstream) -> None:
        """Send it here."""

    def undeliverable(self, error: ServiceError, reason: str) -> None:
        """It reached nobody, or nobody who answered."""


class Delivery:
    """At most two attempts, the second one on a new connection.

    The sender comes along with every call and is not kept: each would keep the other alive.
    """

    endpoint: Endpoint | None = None
    instance = ""
    _attempts = 0
    _dial: asyncio.Task[None] | None = None

    def __init__(self, pool: Pool, plan: Plan, key: bytes | None) -> None:
        self._pool = pool
        self._plan = plan
        self._key = key

    @property
    def retried(self) -> bool:
        return self._attempts > 1

    def begin(self, sender: Sender, now: float) -> None:
        """Raises LeftAlone, NoHealthyInstance or TooBusy if nobody can be asked."""
        plan, group = self._plan, self._plan.group
        if group.service.open_until and not group.service.admits(now):
            raise LeftAlone(f"{group.service.name} fails too often and is given time to recover")
        endpoint = group.choose(now, key=self._key)
        if endpoint is None:
            group.service.forget()
            raise NoHealthyInstance(f"no instance of {group.service.name} is healthy")
        if endpoint.in_flight >= plan.limits.in_flight:
            group.service.forget()
            raise TooBusy(f"{group.service.name} has more to do than it can")
        self._attempt(sender, endpoint, fresh=False)

    def begun(self, endpoint: Endpoint) -> None:
        """It was sent to this instance already."""
        self._attempts = 1
        self.endpoint = endpoint
        self.instance = endpoint.id

    def lost(
        self, sender: Sender, upstream: Upstream, now: float, *, repeatable: bool, reason: str
    ) -> None:
        """The connection ended before an answer came."""
        # It was open when it was last used: that it is not now says nothing of the service.
        stale = upstream.uses > 1
        self.settle(now, failed=None if stale else True)
        error = NoAnswer("the service closed the connection before it answered")
        if not repeatable or self.retried or not (stale or self._may_repeat(now)):
            sender.undeliverable(error, reason)
            return
        self._repeat(sender, upstream.endpoint, now, error, reason, alone=stale)

    def settle(self, now: float, *, failed: bool | None, ejecting: bool = False) -> None:
        """The attempt is over; None: it says nothing of the service.

        `ejecting` counts against the instance, and not against the service as a whole.
        """
        if self._dial is not None:
            self._dial.cancel()
            self._dial = None
        endpoint, group = self.endpoint, self._plan.group
        if endpoint is None:
            return
        self.endpoint = None
        endpoint.in_flight -= 1
        if failed is None:
            group.service.forget()
        else:
            group.service.settle(now, failed=failed)
            group.settle(endpoint, now, failed=failed or ejecting)

    def unreachable(self, sender: Sender, now: float, reason: str) -> None:
        """No connection came about, so nothing was sent: anybody else may be asked."""
        endpoint = self.endpoint
        if endpoint is not None:
            self._plan.group.service.unreachable(endpoint.id)
        self.settle(now, failed=True)
        error = Unreachable("no connection to the service could be made")
        if endpoint is None or self.retried or not self._may_repeat(now):
            sender.undeliverable(error, reason)
        else:
            self._repeat(sender, endpoint, now, error, reason, alone=False)

    def _may_repeat(self, now: float) -> bool:
        return len(self._plan.group.endpoints) > 1 and self._plan.group.service.may_repeat(now)

    def _repeat(
        self,
        sender: Sender,
        tried: Endpoint,
        now: float,
        error: ServiceError,
        reason: str,
        *,
        alone: bool,
    ) -> None:
        """Ask another one, or the same one again if there is no other and `alone` allows it."""
        group = self._plan.group
        if not group.service.admits(now):
            sender.undeliverable(error, reason)
            return
        other = group.choose(now, tried=(tried,), key=self._key) or (tried if alone else None)
        if other is None:
            sender.undeliverable(error, reason)
        else:
            self._attempt(sender, other, fresh=True)

    def _attempt(self, sender: Sender, endpoint: Endpoint, *, fresh: bool) -> None:
        self._attempts += 1
        self.endpoint = endpoint
        self.instance = endpoint.id
        endpoint.in_flight += 1
        upstream = None if fresh else self._pool.take(endpoint, surely=not self._plan.idempotent)
        if upstream is not None:
            sender.connected(upstream)
        else:
            self._dial = asyncio.create_task(self._connect(sender, endpoint))

    async def _connect(self, sender: Sender, endpoint: Endpoint) -> None:
        try:
            upstream = await self._pool.connect(endpoint)
        except OSError as error:
            self._dial = None
            self.unreachable(sender, monotonic(), f"{type(error).__name__}: {error}")
            return
        self._dial = None
        sender.connected(upstream)
