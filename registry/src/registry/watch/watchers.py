"""Who watches, and what each is sent: a snapshot where it must be, and the changes since.

A watcher is a position in the changes that the view remembers, and nothing more: whoever reads too
slowly falls out of them and gets a new snapshot, and costs no memory meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from itertools import islice
from typing import ClassVar, Final

from prometheus_client import CollectorRegistry, Gauge

from ..chassis.resource import Resource
from ..instance.errors import TooManyWatchers
from ..instance.models import Check
from ..instance.view import View
from ..settings import WatchSettings
from . import frames

CHECKS_SECONDS: Final = 1.0


class Watchers(Resource):
    """Lets everybody wait for what changes, and go when the service stops."""

    name: ClassVar[str] = "watchers"

    def __init__(self, view: View, settings: WatchSettings, registry: CollectorRegistry) -> None:
        self._view = view
        self._settings = settings
        self._frames = frames.ChangeFrames(view, settings.history)
        self._stopping = asyncio.Event()
        self._watching = Gauge("registry_watchers", "Watchers connected.", registry=registry)
        self._count = 0

    async def draining(self) -> None:
        self._stopping.set()

    async def wait(self, index: int, seconds: float) -> None:
        """Return when the revision is not this one any more, or after so long."""
        await self._news(index, min(seconds, self._settings.longest_wait_seconds))

    def watch(self, last_event_id: str, *, with_checks: bool) -> AsyncGenerator[bytes, None]:
        """What this watcher is sent; raises TooManyWatchers."""
        if self._count >= self._settings.most:
            raise TooManyWatchers(f"{self._count} watch already", retry_after=5)
        return self._watch(last_event_id, with_checks)

    async def _watch(self, last_event_id: str, with_checks: bool) -> AsyncGenerator[bytes, None]:
        epoch, revision = _position(last_event_id)
        noted = self._view.noted
        self._count += 1
        self._watching.set(self._count)
        try:
            yield frames.RETRY
            while not self._stopping.is_set():
                same = epoch == self._view.epoch
                changes = self._view.since(revision) if same else None
                if changes is None:
                    epoch = self._view.epoch
                    revision, frame = await frames.snapshot(self._view)
                    yield frame
                elif changes:
                    revision = changes[-1].revision
                    yield b"".join(self._frames.of(change) for change in changes)
                elif with_checks:
                    await self._news(revision, CHECKS_SECONDS)
                    noted, found = self._checks_since(noted)
                    yield frames.checks(found) if found else frames.HEARTBEAT
                elif not await self._news(revision, self._settings.heartbeat_seconds):
                    yield frames.HEARTBEAT
        finally:
            self._count -= 1
            self._watching.set(self._count)

    async def _news(self, revision: int, seconds: float) -> bool:
        """Whether there is another revision before so long; also ends when the service stops."""
        waits = [
            asyncio.create_task(self._view.beyond(revision)),
            asyncio.create_task(self._stopping.wait()),
        ]
        try:
            done, _ = await asyncio.wait(
                waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            for task in waits:
                task.cancel()
        return bool(done)

    def _checks_since(self, noted: int) -> tuple[int, dict[str, Check]]:
        batches = self._view.batches
        new = min(self._view.noted - noted, len(batches))
        found: dict[str, Check] = {}
        for batch in islice(batches, len(batches) - new, None):
            found |= batch
        return self._view.noted, found


def _position(last_event_id: str) -> tuple[str, int]:
    """The epoch and revision that this id names; no epoch if it is none of ours."""
    epoch, _, revision = last_event_id.partition("-")
    return (epoch, int(revision)) if revision.isdecimal() and len(revision) < 20 else ("", 0)
