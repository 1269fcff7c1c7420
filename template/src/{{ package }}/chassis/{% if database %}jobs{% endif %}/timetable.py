"""What is to be done, and how often."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias

from ..database import Database

Work: TypeAlias = Callable[[Database], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Every:
    """A period; it begins when a run begins."""

    period: timedelta

    def __post_init__(self) -> None:
        if self.period <= timedelta(0):
            raise ValueError("a job is done every so many seconds, more than 0")

    @property
    def seconds(self) -> float:
        return self.period.total_seconds()


def every(*, hours: float = 0, minutes: float = 0, seconds: float = 0) -> Every:
    return Every(timedelta(hours=hours, minutes=minutes, seconds=seconds))


@dataclass(frozen=True, slots=True)
class Job:
    """One periodic use case, known by its name to every replica."""

    name: str
    every: Every
    work: Work

    @classmethod
    def of(cls, period: Every, work: Work, name: str | None = None) -> Job:
        """Named like `order.expire`, after the function and its package, unless a name is given."""
        if name is None:
            package = work.__module__.split(".")[-2:-1]
            name = ".".join([*package, work.__name__])
        return cls(name, period, work)
