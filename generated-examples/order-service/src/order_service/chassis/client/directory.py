"""What the registry said last: which services there are, and where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from pydantic import BaseModel

from .window import Clock

KEEP_SECONDS: Final = 60.0


class Listed(BaseModel):
    """One instance in the registry's list."""

    url: str
    state: str


class Listing(BaseModel):
    """The registry's answer; another `epoch` says that it began anew, with an empty memory."""

    epoch: str = ""
    services: dict[str, list[Listed]]

    @property
    def healthy(self) -> dict[str, list[str]]:
        """The base URLs of the healthy instances of every service that has one."""
        found = {
            name: [one.url.rstrip("/") for one in instances if one.state == "healthy"]
            for name, instances in self.services.items()
        }
        return {name: urls for name, urls in found.items() if urls}


class Directory:
    """The healthy instances by service.

    A registry that lost its memory knows nobody for a few seconds, until they register again: for
    so long the instances known before are kept.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._services: Mapping[str, Sequence[str]] = {}
        self._epoch: str | None = None
        self._keep_until = 0.0

    def instances(self, service: str) -> Sequence[str]:
        return self._services.get(service, ())

    def learn(self, listing: Listing) -> None:
        """Take over what the registry says now."""
        if self._epoch not in (None, listing.epoch):
            self._keep_until = self._clock() + KEEP_SECONDS
        self._epoch = listing.epoch
        kept = self._services if self._clock() < self._keep_until else {}
        self._services = {**kept, **listing.healthy}
