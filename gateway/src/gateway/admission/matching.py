"""From the path of a request to the route that answers it, and the path the service is asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ..chassis.errors import MethodNotAllowed
from ..errors import NoRoute, NoRoutesYet, UpgradeRequired
from ..routing.table import Route, RouteTable, Rule
from ..wire.contract import Head
from ..wire.path import ENCODED_SLASH, ambiguous, decoded

API: Final = "/api"
SOCKETS: Final = "/ws/"
LIVE: Final = "/v1/ws"  # where services meet WebSockets
_NO_ROUTES: Final = RouteTable()


@dataclass(frozen=True, slots=True)
class Match:
    """A route, its label in metrics, and what the service is asked."""

    route: Route
    label: str
    path: str
    tunnel: bool = False

    def rule_of(self, method: str) -> Rule:
        """The rule of this method; raises MethodNotAllowed."""
        rule = self.route.rules.get(method)
        if rule is None:
            raise MethodNotAllowed(method, self.route.rules)
        return rule


def match(head: Head, table: RouteTable | None, *, learning: bool) -> Match:
    """Raises NoRoute, NoRoutesYet or AmbiguousPath, UpgradeRequired where WebSockets are met.

    `learning`: a path without an owner may have one that is not known yet.
    """
    try:
        return _matched(head, table or _NO_ROUTES)
    except NoRoute:
        if ENCODED_SLASH in head.path:
            raise ambiguous() from None
        if learning:
            raise NoRoutesYet("the gateway has not learned yet who owns this path") from None
        raise


def require_slashes(found: Match, rule: Rule, table: RouteTable | None) -> None:
    """Raise AmbiguousPath for an encoded slash that this route does not allow, or that leads to
    another route where it is taken for a slash."""
    if ENCODED_SLASH not in found.path:
        return
    same = table is not None and table.owner_of(decoded(found.path)) is found.route
    if not (same and rule.encoded_slashes):
        raise ambiguous()


def _matched(head: Head, table: RouteTable) -> Match:
    if head.path.startswith(SOCKETS):
        return _socket(head, table)
    below = head.path == API or head.path.startswith(API + "/")
    path = head.path.removeprefix(API) if below else head.path
    route = table.owner_of(path)
    if route is None:
        raise NoRoute(f"no service owns {head.path}")
    label = API + route.prefix if below else route.prefix
    return Match(route, label, path or "/")


def _socket(head: Head, table: RouteTable) -> Match:
    route = table.socket_of(head.path.removeprefix(SOCKETS))
    if route is None:
        raise NoRoute(f"no service meets WebSockets at {head.path}")
    if not head.upgrade:
        raise UpgradeRequired("this is a place for WebSockets")
    return Match(route, route.prefix, LIVE, tunnel=True)
