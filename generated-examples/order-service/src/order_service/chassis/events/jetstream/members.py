"""Who reads for a group, and what has not moved for too long; by our own clock alone."""

from __future__ import annotations

import json
from time import monotonic

from . import store
from .line import Line
from .names import Share
from .store import Outdated


class Patience:
    """Since when each thing has not moved; clocks of other machines are never compared."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._seen: dict[str, tuple[object, float]] = {}

    def is_over(self, name: str, sign: object) -> bool:
        """Whether this sign of life has been the same for so long."""
        now = monotonic()
        known, since = self._seen.get(name, (None, now))
        if known != sign:
            known, since = sign, now
        self._seen[name] = (known, since)
        return now - since > self._seconds


class Members:
    """One value for all: each counts its own beat up, and takes out who has not for too long."""

    def __init__(self, line: Line, share: Share, token: str, seconds: float) -> None:
        self._line = line
        self._share = share
        self._name, _, self._boot = token.partition("|")
        self._patience = Patience(seconds)
        self._beat = 0

    async def meet(self) -> int:
        """How many read for the group, with us; raises TransportAway."""
        while True:
            found = await store.read(self._line.bucket, self._share.members)
            beats: dict[str, str] = json.loads(found.data or b"{}")
            self._beat += 1
            living = {
                name: beat
                for name, beat in beats.items()
                if name != self._name and not self._patience.is_over(name, beat)
            }
            living[self._name] = f"{self._boot}/{self._beat}"
            if await self._wrote(living, found.revision):
                return len(living)

    async def part(self) -> None:
        """We are no member any more."""
        while True:
            found = await store.read(self._line.bucket, self._share.members)
            beats: dict[str, str] = json.loads(found.data or b"{}")
            if not beats.pop(self._name, "").startswith(f"{self._boot}/"):
                return
            if await self._wrote(beats, found.revision):
                return

    async def _wrote(self, beats: dict[str, str], revision: int) -> bool:
        try:
            await store.write(
                self._line.bucket, self._share.members, json.dumps(beats).encode(), revision
            )
        except Outdated:
            return False
        return True
