"""What the registry knows, and what is new in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydantic import BaseModel, ConfigDict


class Instance(BaseModel):
    """One process of a service."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    url: str
    version: str
    state: str


class ServiceChanged(BaseModel):
    """What an admin is told; without instances the service is gone."""

    service: str
    instances: tuple[Instance, ...]


class View(BaseModel):
    """All services as of one revision; those of another epoch cannot be compared by it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    epoch: str
    revision: int
    services: Mapping[str, tuple[Instance, ...]]

    def follows(self, seen: View | None) -> bool:
        """Whether it is news to who has seen the other one."""
        return seen is None or seen.epoch != self.epoch or seen.revision < self.revision

    def changes_since(self, seen: View | None) -> Iterator[ServiceChanged]:
        before = seen.services if seen else {}
        for name in sorted(before.keys() | self.services.keys()):
            now = self.services.get(name, ())
            if set(now) != set(before.get(name, ())):
                yield ServiceChanged(service=name, instances=now)
