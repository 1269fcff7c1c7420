"""What a service tells the gateway of its routes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from .policy import PUBLIC, Policy, least
from .routing import Route

LIVE: Final = "/v1/ws"  # where the gateway brings WebSockets
_FORWARDED: Final = ("/v1/", "/.well-known/")


def published(routes: Iterable[Route]) -> list[dict[str, object]]:
    """What the gateway may forward: each prefix with its methods and their policy.

    A prefix is below /v1, or below /.well-known for what others look for there (RFC 8615).

    A method of a prefix is in one entry only, with the least that any of its routes demands; the
    service itself checks what each route demands.  A route that names its class of limits, or takes
    encoded slashes, has a prefix of its own, whose other methods are those of the prefix around it.
    """
    found: dict[str, defaultdict[str, list[Route]]] = {}
    for route in sorted(routes, key=lambda route: route.raw_path):
        prefix = route.raw_path.partition("/{")[0]
        if prefix.startswith(_FORWARDED):
            special = route.limit or route.encoded_slashes
            owner = prefix if special else _around(prefix, found) or prefix
            for method in route.methods:
                found.setdefault(owner, defaultdict(list))[method].append(route)
    return [entry for prefix, methods in found.items() for entry in _entries(prefix, methods)]


def _around(prefix: str, known: Iterable[str]) -> str | None:
    return next((one for one in known if prefix.startswith(one + "/")), None)


def _entries(prefix: str, answered: Mapping[str, list[Route]]) -> Iterator[dict[str, object]]:
    alike: dict[tuple[Policy, str | None, bool], list[str]] = {}
    for method, routes in sorted(answered.items()):
        policy = least(route.policy or PUBLIC for route in routes)
        limit = next((route.limit for route in routes if route.limit), None)
        encoded = any(route.encoded_slashes for route in routes)
        alike.setdefault((policy, limit, encoded), []).append(method)
    for (policy, limit, encoded), methods in alike.items():
        said: dict[str, object] = {"limit": limit} if limit else {}
        said |= {"encoded_slashes": True} if encoded else {}
        yield {"prefix": prefix, "methods": methods, **policy.document(), **said}
