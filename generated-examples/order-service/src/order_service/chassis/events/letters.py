"""Dead letters as operators see them: each with a name that says where it lies."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Self

from .envelope import is_private
from .operations import Operations
from .transport import DeadLetter

_DATA: Final = b"data"


class NoSuchLetter(ValueError):
    """Nothing lies where this name leads."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter; `name` is the topic, and its id there; `data` is None if it is withheld."""

    name: str
    time: datetime
    reason: str
    attempts: int
    attributes: dict[str, str]
    data: str | None

    @classmethod
    def of(cls, topic: str, letter: DeadLetter) -> Self:
        attributes = {
            key.decode(errors="replace"): value.decode(errors="replace")
            for key, value in letter.fields.items()
            if key != _DATA
        }
        data = letter.fields.get(_DATA, b"").decode(errors="replace")
        name = f"{topic}/{letter.id}"
        return cls(name, letter.time, letter.reason, letter.attempts, attributes, data)

    def without_private_data(self) -> Self:
        """What may be shown to whoever looks at dead letters."""
        topic, _, _ = self.name.partition("/")
        return replace(self, data=None) if is_private(topic) else self


class Letters:
    """All that one service gave up, of whatever topic."""

    def __init__(self, operations: Operations) -> None:
        self._operations = operations

    async def first(self, limit: int = 100) -> list[Letter]:
        """So many of them, topic by topic."""
        found: list[Letter] = []
        for topic in sorted(self._operations.topics):
            letters = await self._operations.dead_letters(topic, limit - len(found))
            found += [Letter.of(topic, letter).without_private_data() for letter in letters]
        return found

    async def get(self, name: str) -> Letter:
        return (await self.reveal(name)).without_private_data()

    async def reveal(self, name: str) -> Letter:
        """The whole of it, for whoever asks for it outright."""
        topic, place = self._place(name)
        letter = await self._operations.dead_letter(topic, place)
        if letter is None:
            raise NoSuchLetter(f"no dead letter {name}")
        return Letter.of(topic, letter)

    async def replay(self, names: Collection[str]) -> int:
        """Handle these once more; how many there were."""
        places = self._by_topic(names).items()
        return sum([await self._operations.replay(topic, ids) for topic, ids in places])

    async def replay_all(self) -> int:
        topics = sorted(self._operations.topics)
        return sum([await self._operations.replay_all(topic) for topic in topics])

    async def purge(self, names: Collection[str]) -> int:
        """Delete these for good; how many there were."""
        places = self._by_topic(names).items()
        return sum([await self._operations.purge(topic, ids) for topic, ids in places])

    def _by_topic(self, names: Collection[str]) -> dict[str, list[str]]:
        places: dict[str, list[str]] = defaultdict(list)
        for name in names:
            topic, place = self._place(name)
            places[topic].append(place)
        return places

    def _place(self, name: str) -> tuple[str, str]:
        topic, _, place = name.partition("/")
        if topic not in self._operations.topics:
            topics = ", ".join(sorted(self._operations.topics)) or "none"
            raise NoSuchLetter(f"no dead letter {name}; this service reads of: {topics}")
        return topic, place
