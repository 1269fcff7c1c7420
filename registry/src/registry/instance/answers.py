"""What the registry answers, besides the lease itself."""

from __future__ import annotations

from dataclasses import dataclass

from .models import Known, State


@dataclass(frozen=True, slots=True)
class Renewed:
    revision: int
    ttl: float


@dataclass(frozen=True, slots=True)
class Left:
    instance_id: str
    revision: int


@dataclass(frozen=True, slots=True)
class Suspected:
    """What became of a report; whoever is checked at once may be healthy a moment later."""

    instance_id: str
    state: State
    revision: int


@dataclass(frozen=True, slots=True)
class Listing:
    """Everything, as of one revision of the memory that `epoch` names.

    `age` is in seconds: who was known before it began may not have registered again; null is a
    memory that lasts.
    """

    revision: int
    epoch: str
    age: float | None
    services: dict[str, list[Known]]
