"""Every instance, in memory.

Nothing here waits, and no use case waits between reading and writing: each is one step, and so
there is no lock that a slow health check could hold.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from ..chassis.resource import Resource
from .errors import QuotaExceeded
from .models import Instance, Rules, State

_MOST_TOMBSTONES = 10_000


@dataclass(frozen=True, slots=True)
class Quotas:
    instances: int
    instances_per_service: int


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What stays of an instance that left: enough to know its late messages by."""

    place: tuple[str, str]
    secret_digest: bytes
    until: float


class Instances(Resource):
    """All that is known; `revision` grows with every change that a reader could act upon.

    `epoch` names this memory: another one means that the registry began anew and knows nothing
    of those who have not registered again.
    """

    name: ClassVar[str] = "instances"
    essential: ClassVar[bool] = True

    def __init__(self, clock: Callable[[], float], rules: Rules, quotas: Quotas) -> None:
        self.clock = clock
        self.rules = rules
        self.epoch = secrets.token_hex(8)
        self.revision = 0
        self.credits: dict[str, dict[str, int]] = {}
        self._quotas = quotas
        self._instances: dict[str, Instance] = {}
        self._services: dict[str, dict[str, None]] = {}  # ids, both in the order of their coming
        self._places: dict[tuple[str, str], str] = {}
        self._tombstones: dict[str, Tombstone] = {}
        self._announced: dict[str, State] = {}

    def get(self, id: str) -> Instance | None:
        return self._instances.get(id)

    def id_at(self, name: str, url: str) -> str:
        """Who is at this place or was the last to leave it; empty if nobody was."""
        return self._places.get((name, url), "")

    def serving(self, name: str) -> list[Instance]:
        return [self._instances[one] for one in self._services.get(name, ())]

    def all(self) -> list[Instance]:
        return list(self._instances.values())

    def services(self) -> Mapping[str, list[Instance]]:
        """The instances by service; the service that came first is first."""
        return {name: self.serving(name) for name in self._services}

    def tombstone(self, id: str) -> Tombstone | None:
        return self._tombstones.get(id)

    def require_room(self, name: str) -> None:
        """Raise QuotaExceeded if one more instance of this service were one too many."""
        if len(self._instances) >= self._quotas.instances:
            raise QuotaExceeded(f"there are {self._quotas.instances} instances, and no room")
        most = self._quotas.instances_per_service
        if len(self._services.get(name, ())) >= most:
            raise QuotaExceeded(f"{name} has {most} instances, and may have no more")

    def save(self, instance: Instance) -> None:
        """Keep this value of the instance, new or known."""
        self._instances[instance.id] = instance
        self._services.setdefault(instance.name, {})[instance.id] = None
        self._places[instance.name, instance.url] = instance.id
        self.announce(instance)

    def announce(self, instance: Instance) -> None:
        """A new state, which may have come by time alone, is a new revision."""
        state = instance.state(self.clock())
        if self._announced.get(instance.id) is not state:
            self._announced[instance.id] = state
            self.revision += 1

    def changed(self) -> None:
        """Something about an instance changed besides its state."""
        self.revision += 1

    def remove(self, instance: Instance) -> None:
        del self._instances[instance.id]
        del self._announced[instance.id]
        del self._places[instance.name, instance.url]
        del self._services[instance.name][instance.id]
        if not self._services[instance.name]:
            del self._services[instance.name]
            self.credits.pop(instance.name, None)
        self.revision += 1

    def bury(self, instance: Instance) -> None:
        """Remove it for good: its lease is dead, even if its messages are still under way."""
        self.remove(instance)
        place = (instance.name, instance.url)
        until = self.clock() + self.rules.evict_seconds
        self._tombstones[instance.id] = Tombstone(place, instance.secret_digest, until)
        self._places[place] = instance.id
        self.clear_tombstones()

    def clear_tombstones(self) -> None:
        """Drop those that are old, and the oldest of too many."""
        now = self.clock()
        while self._tombstones:
            oldest, stone = next(iter(self._tombstones.items()))
            if stone.until > now and len(self._tombstones) <= _MOST_TOMBSTONES:
                return
            del self._tombstones[oldest]
            if self._places.get(stone.place) == oldest:
                del self._places[stone.place]
