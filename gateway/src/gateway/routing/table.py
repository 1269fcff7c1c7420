"""The route table: pure, never changed, and swapped as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Self

from .snapshot import HEALTHY, KnownInstance, Snapshot


@dataclass(frozen=True, slots=True)
class Instance:
    """Somewhere a request can be sent."""

    id: str
    url: str


@dataclass(frozen=True, slots=True)
class Route:
    """A prefix, the service that owns it, and its instances that get traffic."""

    prefix: str
    service: str
    methods: frozenset[str]
    instances: tuple[Instance, ...]


@dataclass(frozen=True, slots=True)
class Clash:
    """A service claims what another one owns, and does not get it."""

    prefix: str
    owner: str
    refused: str


@dataclass(frozen=True, slots=True)
class RouteTable:
    """Every route by its prefix; `depth` is the number of segments of the longest."""

    routes: Mapping[str, Route] = field(default_factory=dict)
    clashes: tuple[Clash, ...] = ()
    depth: int = 0

    @classmethod
    def build(cls, snapshot: Snapshot, before: Self | None = None) -> Self:
        """Who owned a prefix before keeps it; else it is the first one's, in registry order."""
        owners = dict(_kept(before, snapshot) if before else ())
        clashes = []
        for prefix, service in _claims(snapshot):
            owner = owners.setdefault(prefix, service)
            if owner != service:
                clashes.append(Clash(prefix, owner, service))
        routes = {
            prefix: _route(prefix, service, snapshot.services[service])
            for prefix, service in owners.items()
        }
        depth = max((prefix.count("/") for prefix in routes), default=0)
        return cls(routes, tuple(clashes), depth)

    def owner_of(self, path: str) -> Route | None:
        """The route with the longest prefix of whole segments of this path."""
        segments = path.split("/", self.depth + 1)[: self.depth + 1]
        while len(segments) > 1:
            if route := self.routes.get("/".join(segments)):
                return route
            segments.pop()
        return None


def _claims(snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    for service, instances in snapshot.services.items():
        published = (route.prefix for one in instances for route in one.metadata.routes)
        for prefix in dict.fromkeys(published):
            yield prefix, service


def _kept(before: RouteTable, snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    claims = frozenset(_claims(snapshot))
    for prefix, route in before.routes.items():
        if (prefix, route.service) in claims:
            yield prefix, route.service


def _route(prefix: str, service: str, known: tuple[KnownInstance, ...]) -> Route:
    """The methods that any instance answers there, and the instances that publish the prefix."""
    publishing = [
        (one, route.methods)
        for one in known
        for route in one.metadata.routes
        if route.prefix == prefix
    ]
    methods = frozenset[str]().union(*(methods for _, methods in publishing))
    healthy = {one.id: Instance(one.id, one.url) for one, _ in publishing if one.state == HEALTHY}
    heads = {"HEAD"} if "GET" in methods else set()
    return Route(prefix, service, methods | heads, tuple(healthy.values()))
