"""What this replica knows of all instances, in memory: every read is answered from here.

Nothing here waits.  Changes come in order, one revision each; the last of them are remembered, so
that whoever has seen an older revision can be told what happened since.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, Protocol

from .models import Change, Check, Checks, Instance

_MOST_BATCHES: Final = 256


class Observer(Protocol):
    """Who wants to know of every change at once; it must not raise."""

    def changed(self, before: Instance | None, after: Instance | None) -> None:
        """One instance came (no `before`), changed, or went (no `after`)."""
        ...


class View:
    """All that is known, as of `revision`.

    `epoch` names the memory behind it: another one means that the registry began anew and knows
    nothing of those who have not registered again.  `age` says for how many seconds this memory has
    been filled by and by; None is one that lasts, and lacks nobody.
    """

    def __init__(
        self, epoch: str, *, history: int, age: Callable[[], float | None] = lambda: None
    ) -> None:
        self.epoch = epoch
        self.age = age
        self.revision = 0
        self.observers: list[Observer] = []
        self.batches: deque[Checks] = deque(maxlen=_MOST_BATCHES)
        self.noted = 0
        self.replaced = 0
        self._most_changes = history
        self._changes: dict[int, Change] = {}
        self._instances: dict[str, Instance] = {}
        self._services: dict[str, dict[str, None]] = {}  # ids, both in the order of their coming
        self._places: dict[tuple[str, str], str] = {}
        self._checks: dict[str, Check] = {}
        self._news = asyncio.Event()

    def __len__(self) -> int:
        return len(self._instances)

    def get(self, id: str) -> Instance | None:
        return self._instances.get(id)

    def at(self, name: str, url: str) -> Instance | None:
        return self._instances.get(self._places.get((name, url), ""))

    def all(self) -> list[Instance]:
        return list(self._instances.values())

    def serving(self, name: str) -> list[Instance]:
        return [self._instances[one] for one in self._services.get(name, ())]

    def services(self) -> Mapping[str, list[Instance]]:
        """The instances by service; the service that came first is first."""
        return {name: self.serving(name) for name in self._services}

    def last_check(self, id: str) -> Check | None:
        return self._checks.get(id)

    def apply(self, change: Change) -> None:
        """Take over the next change."""
        before = self._instances.get(change.instance.id)
        if change.gone is None:
            self._put(change.instance)
        elif before is not None:
            self._remove(before)
        self._remember([change])
        self.revision = change.revision
        for observer in self.observers:
            observer.changed(before, None if change.gone else change.instance)
        self._tell()

    def replace(
        self, epoch: str, revision: int, instances: Iterable[Instance], changes: Sequence[Change]
    ) -> None:
        """Know exactly these instances from now on, and the last changes that led there."""
        self.epoch, self.revision = epoch, revision
        self.replaced += 1
        for known in (self._instances, self._services, self._places, self._changes):
            known.clear()
        for instance in instances:
            self._put(instance)
        self._checks = {key: check for key, check in self._checks.items() if key in self._instances}
        self._remember(changes)
        self._tell()

    def note(self, checks: Checks) -> None:
        """Keep what checks found; that is no change and has no revision."""
        self._checks |= {key: check for key, check in checks.items() if key in self._instances}
        self.batches.append(checks)
        self.noted += 1

    def since(self, revision: int) -> list[Change] | None:
        """What happened after this revision, or None if that is not known any more."""
        if revision == self.revision:
            return []
        if revision > self.revision or revision + 1 not in self._changes:
            return None
        return [self._changes[number] for number in range(revision + 1, self.revision + 1)]

    async def beyond(self, revision: int) -> None:
        """Return as soon as the revision is another one than this."""
        while self.revision == revision:
            await self._news.wait()

    async def reached(self, revision: int) -> None:
        """Return as soon as this revision is known."""
        while self.revision < revision:
            await self._news.wait()

    def _put(self, instance: Instance) -> None:
        self._instances[instance.id] = instance
        self._services.setdefault(instance.name, {})[instance.id] = None
        self._places[instance.name, instance.url] = instance.id

    def _remove(self, instance: Instance) -> None:
        del self._instances[instance.id]
        del self._places[instance.name, instance.url]
        del self._services[instance.name][instance.id]
        if not self._services[instance.name]:
            del self._services[instance.name]
        self._checks.pop(instance.id, None)

    def _remember(self, changes: Iterable[Change]) -> None:
        for change in changes:
            self._changes[change.revision] = change
            self._changes.pop(change.revision - self._most_changes, None)

    def _tell(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()
