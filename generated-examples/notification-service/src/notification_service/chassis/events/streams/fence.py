"""A command that Valkey does only while the leases it needs are ours.

A script could look at the leases and read in one go, but every entry would pass through Lua, which
takes Valkey longer than the read.  So the leases are watched: whatever happens to one of them after
we saw that it was ours, its end included, lets the transaction of the next command do nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from ..delivery import TransportAway
from .wire import Command, Wire


class Guarded(NamedTuple):
    """Whether it was done, and what Valkey answered; and the leases that are not ours any more."""

    done: bool
    answer: Any  # whatever the command answers
    lost: frozenset[str]


class Fence:
    """The watched leases of one connection."""

    def __init__(self, line: Wire, token: str) -> None:
        self._line = line
        self._token = token.encode()
        self._watched: frozenset[str] = frozenset()

    async def ask(self, command: Command, leases: Sequence[str]) -> Guarded:
        """Do it if these leases have been ours all along, and watch them for the next time."""
        if not self._watched.issuperset(leases):
            _, *holders = await self._line.ask(*self._look(leases))
            self._watched |= frozenset(leases)
            if lost := self._not_ours(leases, holders):
                return Guarded(False, None, lost)
        answers = await self._line.ask(("MULTI",), command, ("EXEC",), *self._look(leases))
        _, queued, done, _, *holders = answers
        self._watched = frozenset(leases)
        if isinstance(queued, Exception) or isinstance(done, Exception):
            raise TransportAway(f"Valkey refuses a command: {queued}, {done}")
        answer = done[0] if done else None
        if isinstance(answer, Exception):  # NOGROUP: the stream was deleted
            raise TransportAway(f"Valkey refuses a command: {answer}")
        return Guarded(bool(done), answer, self._not_ours(leases, holders))

    def _look(self, leases: Sequence[str]) -> list[Command]:
        return [("WATCH", *leases), *(("GET", lease) for lease in leases)]

    def _not_ours(self, leases: Sequence[str], holders: Sequence[object]) -> frozenset[str]:
        pairs = zip(leases, holders, strict=True)
        return frozenset(lease for lease, holder in pairs if holder != self._token)
