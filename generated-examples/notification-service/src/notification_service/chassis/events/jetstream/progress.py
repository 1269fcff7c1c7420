"""How far a group is in one part of a topic, and which process reads for it: the value of a key."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Final, Self

_SUSPECT_DELIVERIES: Final = 4  # without an end: the process may end with it


@dataclass(slots=True)
class Entry:
    """One entry that was begun and is not finished."""

    deliveries: int = 1
    attempt: int = 1

    @property
    def suspect(self) -> bool:
        return self.deliveries >= _SUSPECT_DELIVERIES


@dataclass(slots=True)
class Progress:
    """All up to the number `given` was begun, and what is not in `hand` is finished.

    `token` is `<consumer's name>|<boot id>` of who reads, or empty.  `epoch` is that of the stream
    whose numbers these are.
    """

    epoch: str
    token: str = ""
    given: int = 0
    hand: dict[int, Entry] = field(default_factory=dict)

    def begin(self, numbers: list[int]) -> None:
        """These are in hand now."""
        self.given = max(self.given, numbers[-1])
        self.hand |= {number: Entry() for number in numbers}

    def begin_again(self, token: str) -> None:
        """Another process takes over: what is in hand is delivered once more."""
        self.token = token
        for entry in self.hand.values():
            entry.deliveries += 1

    @property
    def first(self) -> int:
        """The first number that is not finished, or not begun."""
        return min(self.hand, default=self.given + 1)

    def encode(self) -> bytes:
        hand = {str(number): [one.deliveries, one.attempt] for number, one in self.hand.items()}
        document = {"epoch": self.epoch, "token": self.token, "given": self.given, "hand": hand}
        return json.dumps(document, separators=(",", ":")).encode()

    @classmethod
    def decode(cls, value: bytes) -> Self:
        read = json.loads(value)
        hand = {int(number): Entry(*counts) for number, counts in read["hand"].items()}
        return cls(read["epoch"], read["token"], read["given"], hand)
