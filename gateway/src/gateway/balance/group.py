"""The instances among which one request is balanced."""

from __future__ import annotations

import random
from collections.abc import Collection

from .endpoint import Endpoint


class Group:
    """Some instances of one service; a new group is made when instances come and go."""

    def __init__(self, service: str, endpoints: tuple[Endpoint, ...]) -> None:
        self.service = service
        self.endpoints = endpoints

    def choose(self, tried: Collection[Endpoint] = ()) -> Endpoint | None:
        """Of two instances drawn by lot the one with less under way."""
        candidates = [one for one in self.endpoints if one not in tried]
        if len(candidates) <= 1:
            return candidates[0] if candidates else None
        one, other = random.sample(candidates, 2)
        return other if other.in_flight < one.in_flight else one
