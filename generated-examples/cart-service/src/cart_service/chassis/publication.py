"""What a service tells the gateway of its routes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from .policy import PUBLIC, Policy, least
from .routing import Route


def published(routes: Iterable[Route]) -> list[dict[str, object]]:
    """What the gateway may forward: each prefix below /v1 with its methods and their policy.

    A method of a prefix is in one entry only, with the least that any of its routes demands; the
    service itself checks what each route demands.
    """
    found: dict[str, dict[str, set[Policy]]] = {}
    for route in sorted(routes, key=lambda route: route.raw_path):
        prefix = route.raw_path.partition("/{")[0]
        if prefix.startswith("/v1/"):
            owner = next((known for known in found if prefix.startswith(known + "/")), prefix)
            for method in route.methods:
                demanded = found.setdefault(owner, {}).setdefault(method, set())
                demanded.add(route.policy or PUBLIC)
    return [entry for prefix, methods in found.items() for entry in _entries(prefix, methods)]


def _entries(prefix: str, demanded: Mapping[str, set[Policy]]) -> Iterator[dict[str, object]]:
    by_policy: dict[Policy, list[str]] = {}
    for method, policies in sorted(demanded.items()):
        by_policy.setdefault(least(policies), []).append(method)
    for policy, methods in by_policy.items():
        yield {"prefix": prefix, "methods": methods, **policy.document()}
