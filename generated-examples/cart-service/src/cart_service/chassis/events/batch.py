"""Runs of events that share a transaction, and what became of each."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from .delivery import Outcome
from .opened import Opened


@dataclass(eq=False)
class Part:
    """What one lane brought, and what became of it."""

    run: Sequence[Opened]
    told: asyncio.Future[Outcome]
    at: int = 0  # so many were handled in batches before
    most: int = 0  # and so many may be in this one
    done: int = 0  # and so many in this one
    error: Exception | None = None

    @property
    def left(self) -> Sequence[Opened]:
        """What is to be handled in this batch."""
        return self.run[self.at : self.at + self.most]

    def tell(self) -> bool:
        """Whether that is all that becomes of it."""
        self.at, self.done = self.at + self.done, 0
        if self.error is None and self.at < len(self.run):
            return False
        if not self.told.done():  # its lane may be closed
            self.told.set_result(Outcome(self.at, self.error))
        return True


@dataclass(eq=False)
class Batch:
    parts: list[Part]
    begun: float
    careful: bool
    fresh: set[UUID] = field(default_factory=set)
    running: Opened | None = None


class Careless(Exception):
    """Something failed, and there was no savepoint to go back to."""
