"""What the registry knows, as far as the gateway needs it: instances, by service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

from pydantic import BaseModel, ConfigDict

from ..chassis.policy import AUTHENTICATED, PUBLIC, Policy

HEALTHY = "healthy"
SUSPECT = "suspect"
NOBODY = Policy("roles")  # what a policy that is not understood here lets in

Services = Mapping[str, "tuple[KnownInstance, ...]"]


class _Told(BaseModel):
    """Fields that nobody here knows are ignored: a registry may be newer than its gateways."""

    model_config = ConfigDict(frozen=True)


class PublishedRoute(_Told):
    """Methods below a prefix, who may call them, the class of limits they are counted with, and
    whether `%2F` may be in the path."""

    prefix: str
    methods: frozenset[str]
    policy: str = "public"
    roles: frozenset[str] = frozenset()
    limit: str | None = None
    encoded_slashes: bool = False

    @property
    def demand(self) -> Policy:
        """The policy; one that is not understood lets nobody in."""
        match self.policy:
            case "public":
                return PUBLIC
            case "authenticated":
                return AUTHENTICATED
            case "roles":
                return Policy("roles", self.roles)
            case _:
                return NOBODY


class Metadata(_Told):
    routes: tuple[PublishedRoute, ...] = ()
    websocket: bool = False
    weight: int = 1
    hash_by: str | None = None  # a header whose value chooses the instance


class KnownInstance(_Told):
    id: str
    url: str
    version: str = ""
    state: str
    metadata: Metadata = Metadata()


class Snapshot(_Told):
    """All instances by service, the service that registered first at the front.

    `age` is how long the registry's memory has been filled, in seconds; None: it lacks nobody.
    """

    revision: int
    epoch: str = ""
    age: float | None = None
    services: dict[str, tuple[KnownInstance, ...]]

    def sharing(self, older: Self) -> Self:
        """This snapshot, with the very objects of an older one where nothing differs."""
        services = {
            name: older.services[name] if older.services.get(name) == known else known
            for name, known in self.services.items()
        }
        return self.model_copy(update={"services": services})

    def changed(self, revision: int, service: str, instance: KnownInstance) -> Self:
        """With this instance in place of what was known of it."""
        known = self.services.get(service, ())
        if any(one.id == instance.id for one in known):
            kept = tuple(instance if one.id == instance.id else one for one in known)
        else:
            kept = (*known, instance)
        if kept == known:
            return self.model_copy(update={"revision": revision})
        return self._with(revision, service, kept)

    def gone(self, revision: int, service: str, id: str) -> Self:
        """Without this instance."""
        known = self.services.get(service, ())
        return self._with(revision, service, tuple(one for one in known if one.id != id))

    def _with(self, revision: int, service: str, known: tuple[KnownInstance, ...]) -> Self:
        services = {**self.services, service: known}
        if not known:
            del services[service]
        return self.model_copy(update={"revision": revision, "services": services})

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
