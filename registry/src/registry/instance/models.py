"""One instance of a service: what everybody agrees on, and what may become of it.

An instance is a value, and each change of it has a number of its own, the revision.  What only the
one who keeps watch must know (heartbeats, checks in a row) is not part of it: see keeping/.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Self

from ..chassis.identifiers import uuid7
from .registration import Metadata, Registration


class State(StrEnum):
    """`suspect` is for the time of doubt: it gets traffic only where nobody is healthy."""

    healthy = "healthy"
    suspect = "suspect"
    unhealthy = "unhealthy"


class Outcome(StrEnum):
    passed = "passed"
    unreachable = "unreachable"
    slow = "slow"
    bad_status = "bad-status"
    bad_answer = "bad-answer"
    too_large = "too-large"


class Departure(StrEnum):
    left = "left"
    evicted = "evicted"


@dataclass(frozen=True, slots=True)
class Check:
    """What one health check found, and when (UTC)."""

    outcome: Outcome
    at: datetime

    @property
    def passed(self) -> bool:
        return self.outcome is Outcome.passed


@dataclass(frozen=True, slots=True)
class Known:
    """What others may know of an instance."""

    id: str
    url: str
    version: str
    state: State
    last_check: Check | None
    metadata: Metadata


@dataclass(frozen=True, slots=True)
class Instance:
    """Usable from the start: the first verdict is friendly, and the first check comes at once.

    `address` is where the URL's host was found when it registered; health checks go there, whatever
    the name means later.  `revision` is 0 until it is kept.
    """

    id: str
    name: str
    version: str
    url: str
    address: str
    health_check: str
    metadata: Metadata
    ttl: float
    secret_digest: bytes
    passing: bool = True
    silent: bool = False
    suspected: bool = False
    revision: int = 0

    @classmethod
    def create(
        cls, said: Registration, url: str, address: str, secret_digest: bytes, ttl: float
    ) -> Self:
        return cls(
            id=str(uuid7()),
            name=said.name,
            version=said.version,
            url=url,
            address=address,
            health_check=said.health_check,
            metadata=said.metadata,
            ttl=ttl,
            secret_digest=secret_digest,
        )

    def succeeds(self, before: Self) -> Self:
        """A process that started anew at the same place: usable at once, under the same id."""
        return replace(self, id=before.id, revision=before.revision)

    def heard(self) -> Self:
        """It sent a heartbeat after it was missed."""
        return replace(self, silent=False, suspected=False) if self.silent else self

    def missed(self) -> Self:
        """Its heartbeat is overdue."""
        return self if self.silent else replace(self, silent=True, suspected=False)

    def judged(self, passing: bool) -> Self:
        """What its checks say; they know better than who suspected it, unless it is silent."""
        return replace(self, passing=passing, suspected=self.suspected and self.silent)

    def doubted(self) -> Self:
        """Somebody could not reach it, or too many fell silent at once for that to be true."""
        return replace(self, suspected=True)

    @property
    def state(self) -> State:
        if self.suspected:
            return State.suspect
        return State.healthy if self.passing and not self.silent else State.unhealthy

    def known(self, last_check: Check | None) -> Known:
        return Known(self.id, self.url, self.version, self.state, last_check, self.metadata)


@dataclass(frozen=True)
class Change:
    """One step of the whole: the instance as it is now, or as it was when it went."""

    instance: Instance
    revision: int
    gone: Departure | None = None


Checks = Mapping[str, Check]  # by the instance's id
