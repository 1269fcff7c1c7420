"""The instances among which one request is balanced."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Sequence
from functools import reduce
from hashlib import blake2b
from math import gcd

from .endpoint import Endpoint
from .service import Service


class Group:
    """Some instances of one service; a new group is made when instances come and go.

    Of two instances drawn by lot, an instance of weight 2 having two lots, the one with less under
    way is chosen; or by a header's value, so that the same value comes to the same instance.
    """

    def __init__(
        self,
        service: Service,
        endpoints: Sequence[Endpoint],
        *,
        hash_by: bytes = b"",
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.service = service
        self.endpoints = tuple(endpoints)
        self.hash_by = hash_by
        self._chance = chance
        self._lots = _lots(self.endpoints)

    def choose(
        self, now: float, *, tried: Collection[Endpoint] = (), key: bytes | None = None
    ) -> Endpoint | None:
        """An instance that was not tried yet, or None; ejected ones only if there is no other."""
        if tried or key is not None or now < self.service.troubled_until:
            return self._choose_with_care(now, tried, key)
        lots = self._lots
        return lots[0] if len(lots) == 1 else self._draw(lots)

    def settle(self, endpoint: Endpoint, now: float, *, failed: bool) -> None:
        """How an attempt at this instance ended; at most half of the instances are ejected."""
        if not failed:
            if endpoint.failures:
                endpoint.succeeded()
            return
        if endpoint.failed():
            ejected = sum(one.ejected_until > now for one in self.endpoints)
            if 2 * (ejected + 1) <= len(self.endpoints):
                endpoint.eject(now)
                self.service.trouble(endpoint.ejected_until)

    def _choose_with_care(
        self, now: float, tried: Collection[Endpoint], key: bytes | None
    ) -> Endpoint | None:
        untried = [one for one in self._lots if one not in tried]
        candidates = [one for one in untried if one.ejected_until <= now] or untried
        if key is not None and candidates:
            return max(candidates, key=lambda one: _score(key, one))
        return self._draw(candidates)

    def _draw(self, lots: Sequence[Endpoint]) -> Endpoint | None:
        count = len(lots)
        if count <= 1:
            return lots[0] if lots else None
        drawn = int(self._chance() * count)
        one = lots[drawn]
        other = lots[(drawn + 1 + int(self._chance() * (count - 1))) % count]
        busier = one.in_flight * other.weight > other.in_flight * one.weight
        return other if busier else one


def _lots(endpoints: Sequence[Endpoint]) -> tuple[Endpoint, ...]:
    smallest = reduce(gcd, (one.weight for one in endpoints), 0) or 1
    return tuple(one for one in endpoints for _ in range(one.weight // smallest))


def _score(key: bytes, endpoint: Endpoint) -> bytes:
    """Rendezvous hashing: an instance that goes takes nothing but its own values along."""
    return blake2b(key, key=endpoint.id.encode()[:64], digest_size=8).digest()
