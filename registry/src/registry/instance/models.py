"""One instance of a service: what is known of it, and what follows from that.

An instance is a value.  Two clocks run for it, both monotonic: without a heartbeat for `ttl` it
gets no traffic, and without one for the eviction time it is forgotten.  Its checks only decide on
traffic, with hysteresis, and never prolong its lease.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Self

from ..chassis.identifiers import uuid7
from .registration import Metadata, Registration


class State(StrEnum):
    healthy = "healthy"
    unhealthy = "unhealthy"


class Outcome(StrEnum):
    passed = "passed"
    unreachable = "unreachable"
    slow = "slow"
    bad_status = "bad-status"
    too_large = "too-large"


@dataclass(frozen=True, slots=True)
class Check:
    """What one health check found, and when (UTC)."""

    outcome: Outcome
    at: datetime

    @property
    def passed(self) -> bool:
        return self.outcome is Outcome.passed


@dataclass(frozen=True, slots=True)
class Rules:
    """When the verdict on an instance changes; seconds, and checks in a row."""

    rise: int = 2
    fall: int = 3
    lease_seconds: float = 15.0
    evict_seconds: float = 90.0


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
    """Usable from the start: the first verdict is friendly, and the first check comes at once."""

    id: str
    name: str
    version: str
    url: str
    health_check: str
    metadata: Metadata
    ttl: float
    secret_digest: bytes
    renewed_at: float
    passing: bool = True
    contradicting: int = 0
    last_check: Check | None = None

    @classmethod
    def create(cls, said: Registration, secret_digest: bytes, now: float, rules: Rules) -> Self:
        return cls(
            id=str(uuid7()),
            name=said.name,
            version=said.version,
            url=said.url,
            health_check=said.health_check,
            metadata=said.metadata,
            ttl=said.ttl or rules.lease_seconds,
            secret_digest=secret_digest,
            renewed_at=now,
        )

    def registered_again(
        self, said: Registration, secret_digest: bytes, now: float, rules: Rules
    ) -> Self:
        """A process that started anew at the same place: usable at once, under the same id."""
        return replace(type(self).create(said, secret_digest, now, rules), id=self.id)

    def renewed(self, now: float) -> Self:
        return replace(self, renewed_at=now)

    def checked(self, check: Check, rules: Rules) -> Self:
        """The verdict turns after `fall` failures in a row, and back after `rise` successes."""
        if check.passed is self.passing:
            return replace(self, last_check=check, contradicting=0)
        enough = rules.fall if self.passing else rules.rise
        if self.contradicting + 1 < enough:
            return replace(self, last_check=check, contradicting=self.contradicting + 1)
        return replace(self, last_check=check, contradicting=0, passing=check.passed)

    def state(self, now: float) -> State:
        in_lease = now - self.renewed_at < self.ttl
        return State.healthy if in_lease and self.passing else State.unhealthy

    def expired(self, now: float, rules: Rules) -> bool:
        """Is it time to forget it?"""
        return now - self.renewed_at >= max(self.ttl, rules.evict_seconds)

    def known(self, now: float) -> Known:
        return Known(
            id=self.id,
            url=self.url,
            version=self.version,
            state=self.state(now),
            last_check=self.last_check,
            metadata=self.metadata,
        )
