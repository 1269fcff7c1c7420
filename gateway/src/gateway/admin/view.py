"""What is routed where, and the state of every instance, as values."""

from __future__ import annotations

from dataclasses import dataclass

from ..routing.discovery import Discovery
from ..routing.table import Clash


@dataclass(frozen=True, slots=True)
class SeenRoute:
    prefix: str
    service: str
    method: str
    policy: str
    roles: list[str]
    limit: str | None
    instances: list[str]


@dataclass(frozen=True, slots=True)
class SeenInstance:
    id: str
    service: str
    url: str
    version: str
    state: str
    weight: int


@dataclass(frozen=True, slots=True)
class View:
    """`registry` says how its news come: watched, polled, or away since when."""

    registry: str
    revision: int
    routes: list[SeenRoute]
    clashes: list[Clash]
    instances: list[SeenInstance]


def view(discovery: Discovery) -> View:
    """What the gateway goes by at this moment."""
    table, snapshot = discovery.table, discovery.snapshot
    return View(
        registry=_registry(discovery),
        revision=snapshot.revision if snapshot else 0,
        routes=[
            SeenRoute(
                prefix=route.prefix,
                service=route.service,
                method=method,
                policy=rule.policy.demand,
                roles=sorted(rule.policy.roles),
                limit=rule.limit,
                instances=[one.id for one in rule.members],
            )
            for route in sorted(table.routes.values(), key=lambda one: one.prefix)
            for method, rule in sorted(route.rules.items())
        ]
        if table
        else [],
        clashes=list(table.clashes) if table else [],
        instances=[
            SeenInstance(one.id, name, one.url, one.version, one.state, one.metadata.weight)
            for name, known in (snapshot.services if snapshot else {}).items()
            for one in known
        ],
    )


def _registry(discovery: Discovery) -> str:
    if discovery.failure is not None:
        return "away"
    return "watched" if discovery.watching else "polled"
