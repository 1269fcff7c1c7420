"""The route table: pure, never changed, and swapped as a whole.

What one service publishes is worked out once, and taken over by the next table as long as its
instances are the same: a change of one service costs little, however many there are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Self

from ..balance.endpoint import Member
from ..chassis.policy import PUBLIC, Policy, least
from .snapshot import HEALTHY, NOBODY, SUSPECT, KnownInstance, PublishedRoute, Services

Claim = tuple[PublishedRoute, KnownInstance]


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may call one method below a prefix, how it is counted, and who answers it."""

    policy: Policy
    limit: str | None
    members: tuple[Member, ...]
    hash_by: str = ""  # the header that chooses among them
    encoded_slashes: bool = False


@dataclass(frozen=True, slots=True)
class Route:
    """A prefix, the service that owns it, and the rule of each of its methods."""

    prefix: str
    service: str
    rules: Mapping[str, Rule]


@dataclass(frozen=True, slots=True)
class Clash:
    """A service claims what another one owns, and does not get it."""

    prefix: str
    owner: str
    refused: str


@dataclass(frozen=True, slots=True)
class Published:
    """All that one service publishes: its routes by prefix, and where its WebSockets are met."""

    known: tuple[KnownInstance, ...]
    routes: Mapping[str, Route]
    socket: Route | None

    @classmethod
    def by(cls, service: str, known: tuple[KnownInstance, ...]) -> Self:
        claims: defaultdict[str, defaultdict[str, list[Claim]]]
        claims = defaultdict(lambda: defaultdict(list))
        for one in known:
            for route in one.metadata.routes:
                for method in _answered(route):
                    claims[route.prefix][method].append((route, one))
        rules = {
            prefix: {method: _rule(some) for method, some in methods.items()}
            for prefix, methods in claims.items()
        }
        routes = {
            prefix: Route(prefix, service, dict(_around(prefix, rules)) | own)
            for prefix, own in rules.items()
        }
        return cls(known, routes, _socket(service, known))


@dataclass(frozen=True, slots=True)
class RouteTable:
    """Every route by its prefix; `depth` is the number of segments of the longest."""

    routes: Mapping[str, Route] = field(default_factory=dict)
    published: Mapping[str, Published] = field(default_factory=dict)
    clashes: tuple[Clash, ...] = ()
    depth: int = 0

    @classmethod
    def build(cls, services: Services, before: Self | None = None) -> Self:
        """Who owned a prefix before keeps it; else it is the first one's, in registry order."""
        known = before.published if before else {}
        published = {
            name: known[name]
            if name in known and known[name].known is instances
            else Published.by(name, instances)
            for name, instances in services.items()
        }
        if before and published.keys() == known.keys():
            new = [name for name, its in published.items() if its is not known[name]]
            if all(published[name].routes.keys() == known[name].routes.keys() for name in new):
                return before._renewed(published, new)
        owners = dict(_kept(before, published) if before else ())
        clashes = []
        for name, its in published.items():
            for prefix in its.routes:
                owner = owners.setdefault(prefix, name)
                if owner != name:
                    clashes.append(Clash(prefix, owner, name))
        routes = {prefix: published[name].routes[prefix] for prefix, name in owners.items()}
        depth = max((prefix.count("/") for prefix in routes), default=0)
        return cls(routes, published, tuple(clashes), depth)

    def _renewed(self, published: Mapping[str, Published], new: Iterable[str]) -> Self:
        """With new instances of services that claim what they claimed: nobody else is concerned."""
        routes = dict(self.routes)
        for name in new:
            for prefix, route in published[name].routes.items():
                if routes[prefix].service == name:
                    routes[prefix] = route
        return replace(self, routes=routes, published=published)

    def same(self, other: Self) -> bool:
        """Is it the other one, without a look at what both share?"""
        mine, its = self.published, other.published
        return mine.keys() == its.keys() and all(mine[name] is its[name] for name in mine)

    def owner_of(self, path: str) -> Route | None:
        """The route with the longest prefix of whole segments of this path."""
        segments = path.split("/", self.depth + 1)[: self.depth + 1]
        while len(segments) > 1:
            if route := self.routes.get("/".join(segments)):
                return route
            segments.pop()
        return None

    def socket_of(self, service: str) -> Route | None:
        """Where the WebSockets of this service are met."""
        its = self.published.get(service)
        return its.socket if its else None


def _answered(route: PublishedRoute) -> frozenset[str]:
    return route.methods | {"HEAD"} if "GET" in route.methods else route.methods


def _rule(claims: list[Claim]) -> Rule:
    """The least that an instance demands: each checks itself what it demands.

    What not all of them understand, an encoded slash, is not brought to any.
    """
    understood = [route.demand for route, _ in claims if route.demand != NOBODY]
    return Rule(
        policy=least(understood) if understood else NOBODY,
        limit=next((route.limit for route, _ in claims if route.limit), None),
        members=_members(one for _, one in claims),
        hash_by=_hash_by(one for _, one in claims),
        encoded_slashes=all(route.encoded_slashes for route, _ in claims),
    )


def _members(known: Iterable[KnownInstance]) -> tuple[Member, ...]:
    """Those that are healthy; where none is, those that might be."""
    several = list(known)
    for state in (HEALTHY, SUSPECT):
        found = {one.id: _member(one) for one in several if one.state == state}
        if found:
            return tuple(found.values())
    return ()


def _hash_by(known: Iterable[KnownInstance]) -> str:
    """As whoever registered last wants it: it is the newest version."""
    return [one.metadata.hash_by or "" for one in known][-1]


def _member(one: KnownInstance) -> Member:
    return Member(one.id, one.url, one.metadata.weight)


def _around(prefix: str, rules: Mapping[str, Mapping[str, Rule]]) -> Iterator[tuple[str, Rule]]:
    """What the service answers at the prefixes around this one, the nearest one's last."""
    outer = (one for one in sorted(rules, key=len) if prefix.startswith(one + "/"))
    return (item for one in outer for item in rules[one].items())


def _socket(service: str, known: tuple[KnownInstance, ...]) -> Route | None:
    """The service looks at the token itself, as it may also come in the first frame."""
    meeting = [one for one in known if one.metadata.websocket]
    if not meeting:
        return None
    rule = Rule(PUBLIC, None, _members(meeting), _hash_by(meeting))
    return Route(f"/ws/{service}", service, {"GET": rule})


def _kept(before: RouteTable, published: Mapping[str, Published]) -> Iterator[tuple[str, str]]:
    for prefix, route in before.routes.items():
        its = published.get(route.service)
        if its is not None and prefix in its.routes:
            yield prefix, route.service
