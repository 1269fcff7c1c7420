"""The truth in the memory of this process, gone with it: services register again by themselves."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Final

from ..chassis.resource import Resource
from .models import Change, Checks, Departure, Instance
from .repository import Stale, Tombstone, place
from .view import View

_MOST_TOMBSTONES: Final = 10_000


@dataclass(frozen=True, slots=True)
class _Grave:
    tombstone: Tombstone
    place: str
    until: float


class Memory(Resource):
    """A repository in which each step is one: nothing waits between reading and writing."""

    name: ClassVar[str] = "instances"
    essential: ClassVar[bool] = True

    def __init__(
        self, clock: Callable[[], float], *, history: int, tombstone_seconds: float
    ) -> None:
        began = clock()
        self.view = View(secrets.token_hex(8), history=history, age=lambda: clock() - began)
        self._clock = clock
        self._tombstone_seconds = tombstone_seconds
        self._beats: dict[str, float] = {}
        self._graves: dict[str, _Grave] = {}
        self._last_left: dict[str, str] = {}

    async def save(self, instance: Instance) -> Instance:
        known = self.view.get(instance.id)
        other = self.view.at(instance.name, instance.url)
        if (known.revision if known else 0) != instance.revision or other is not known:
            raise Stale(instance.id)
        saved = replace(instance, revision=self.view.revision + 1)
        self.view.apply(Change(saved, saved.revision))
        return saved

    async def remove(self, instance: Instance, why: Departure) -> int:
        known = self.view.get(instance.id)
        if known is None or known.revision != instance.revision:
            raise Stale(instance.id)
        if why is Departure.left:
            self._bury(instance)
        self.view.apply(Change(instance, self.view.revision + 1, gone=why))
        return self.view.revision

    async def tombstone(self, key: str) -> Tombstone | None:
        self._clear_graves()
        grave = self._graves.get(self._last_left.get(key, key))
        return grave.tombstone if grave else None

    async def catch_up(self) -> None:
        """The view is all there is."""

    async def beat(self, id: str) -> None:
        self._beats[id] = self._clock()

    async def beats(self) -> Mapping[str, float]:
        beats, self._beats = self._beats, {}
        return beats

    async def watching(self) -> bool:
        return True

    async def share(self, checks: Checks) -> None:
        self.view.note(checks)

    def _bury(self, instance: Instance) -> None:
        where = place(instance.name, instance.url)
        tombstone = Tombstone(instance.id, instance.secret_digest)
        until = self._clock() + self._tombstone_seconds
        self._graves[instance.id] = _Grave(tombstone, where, until)
        self._last_left[where] = instance.id
        self._clear_graves()

    def _clear_graves(self) -> None:
        """Drop those that are old, and the oldest of too many."""
        now = self._clock()
        while self._graves:
            oldest, grave = next(iter(self._graves.items()))
            if grave.until > now and len(self._graves) <= _MOST_TOMBSTONES:
                return
            del self._graves[oldest]
            if self._last_left.get(grave.place) == oldest:
                del self._last_left[grave.place]
