"""What a transaction has for others in this process, told to them once it has committed.

Who works off rows that others insert listens for a word, and is woken at once.  A process may end
before it tells, and other replicas are not told: he looks from time to time as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

_said: Final[ContextVar[set[str] | None]] = ContextVar("said", default=None)


def announce(word: str) -> None:
    """Tell the listeners of this word when the transaction in hand has committed."""
    said = _said.get()
    if said is not None:  # else it is no transaction of the pool
        said.add(word)


class Announcements:
    """Who listens to the transactions of one database."""

    def __init__(self) -> None:
        self._listeners: dict[str, list[Callable[[], None]]] = {}

    def listen(self, word: str, call: Callable[[], None]) -> None:
        """Call this after every transaction that announced the word; it must not wait."""
        self._listeners.setdefault(word, []).append(call)

    @contextmanager
    def collecting(self) -> Iterator[None]:
        """Tell at the end what was announced inside; nothing if it fails."""
        around = _said.get()
        words: set[str] = set()
        _said.set(words)
        try:
            yield
        finally:
            _said.set(around)
        for word in words:
            for call in self._listeners.get(word, ()):
                call()
