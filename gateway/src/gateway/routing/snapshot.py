"""What the registry answers to `GET /services`, as far as the gateway needs it."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict

HEALTHY = "healthy"


class PublishedRoute(BaseModel):
    model_config = ConfigDict(frozen=True)

    prefix: str
    methods: frozenset[str]


class Metadata(BaseModel):
    model_config = ConfigDict(frozen=True)

    routes: tuple[PublishedRoute, ...] = ()


class KnownInstance(BaseModel):
    model_config = ConfigDict(frozen=True)

    id: str
    url: str
    state: str
    metadata: Metadata


class Snapshot(BaseModel):
    """All instances by service, the service that registered first at the front."""

    model_config = ConfigDict(frozen=True)

    revision: int
    epoch: str = ""
    services: dict[str, tuple[KnownInstance, ...]]

    def without(self, newer: Self) -> Self:
        """The instances at places that the newer snapshot does not have."""
        lacking = {
            name: tuple(one for one in known if one.url not in newer.places(name))
            for name, known in self.services.items()
        }
        kept = {name: known for name, known in lacking.items() if known}
        return self.model_copy(update={"services": kept})

    def remembering(self, older: Self) -> Self:
        """This snapshot and the instances of an older one, whose services come first."""
        names = dict.fromkeys([*older.services, *self.services])
        services = {
            name: self.services.get(name, ()) + older.services.get(name, ()) for name in names
        }
        return self.model_copy(update={"services": services})

    def places(self, name: str) -> set[str]:
        return {one.url for one in self.services.get(name, ())}
