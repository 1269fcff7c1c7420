"""Who asks, and what a route demands of who asks: the words that routes and `auth` share.

A route says `policy=AUTHENTICATED` and knows nothing of tokens.  The feature `auth` puts itself at
`Application.authenticator`; without it a service has public routes only.  Where a route says
nothing, a service with `auth` does not start.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal, Protocol

from nexios.http import Request

from .context import RawHeaders
from .errors import Unauthorized

Demand = Literal["public", "optional", "authenticated", "roles"]


@dataclass(frozen=True, slots=True)
class Policy:
    """What a caller must be; `roles` are those of which it needs one."""

    demand: Demand
    roles: frozenset[str] = frozenset()

    def document(self) -> dict[str, object]:
        """The policy for others to read; where a token may be missing it is public."""
        if self.demand == "roles":
            return {"policy": "roles", "roles": sorted(self.roles)}
        return {"policy": "public" if self.demand == "optional" else self.demand}

    def admits(self, principal: Principal) -> bool:
        """Whether a caller that is known is let in."""
        return self.demand != "roles" or not self.roles.isdisjoint(principal.roles)


# Anybody, and no token is looked at.
PUBLIC: Final = Policy("public")
# Anybody; a token that is sent must be a good one, and then its principal is known.
OPTIONAL: Final = Policy("optional")
# Whoever sends a good token.
AUTHENTICATED: Final = Policy("authenticated")


def roles(*names: str) -> Policy:
    """Whoever sends a good token with one of these roles."""
    if not names:
        raise ValueError("name a role, or say AUTHENTICATED")
    return Policy("roles", frozenset(names))


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks, as a verified token says; the names are those of RFC 7519 and OpenID Connect.

    `exp` is the second since 1970 at which the token expires; `claims` are all that it says.
    """

    sub: str
    roles: frozenset[str]
    sid: str | None
    exp: int
    claims: Mapping[str, object]

    @classmethod
    def of(cls, request: Request) -> Principal:
        """Who sent this request; raises Unauthorized if it came without a token."""
        principal = cls.known(request)
        if principal is None:
            raise Unauthorized("this needs a bearer token", code="token-missing")
        return principal

    @classmethod
    def known(cls, request: Request) -> Principal | None:
        """Who sent this request, or None where nobody said so: for routes that are OPTIONAL."""
        principal: Principal | None = request.scope.get("principal")
        return principal


class Authenticator(Protocol):
    """Decides whether a caller meets a policy: of a request, or of a WebSocket's handshake."""

    async def admit(
        self, headers: RawHeaders, policy: Policy, *, token: str | None = None
    ) -> Principal | None:
        """Who asks, or None if the policy does not care.

        `token` is one that came another way than by the header, as a browser's WebSocket sends it.
        Raises Unauthorized (401), Forbidden (403), or Unavailable (503) if nobody can tell now.
        """
        ...


class Credentials(Protocol):
    """Proves to other services who is calling."""

    async def headers(self, audience: str) -> Mapping[str, str]:
        """The headers that a call to the service of this name carries.

        Raises Unavailable (503) if there is no proof to be had now.
        """
        ...


class Undeclared(Exception):
    """Routes whose policy is missing, or cannot be kept; the service does not start."""


class Declared(Protocol):
    """What is known of a route before anybody asks for it."""

    raw_path: str
    policy: Policy | None

    @property
    def methods(self) -> Collection[str]: ...


def require_policies(routes: Iterable[Declared], *, authenticated: bool) -> None:
    """Raise Undeclared with every route, by its name, whose policy this service cannot keep."""
    if authenticated:
        wrong = [route for route in routes if route.policy is None]
        advice = "say who may call: give the router or the route a policy="
    else:
        wrong = [route for route in routes if route.policy not in (None, PUBLIC)]
        advice = "a policy other than PUBLIC needs the auth feature"
    if wrong:
        names = (f"{'|'.join(sorted(route.methods))} {route.raw_path}" for route in wrong)
        raise Undeclared(f"{advice}: {', '.join(sorted(names))}")


def least(policies: Iterable[Policy]) -> Policy:
    """The policy that admits whoever one of these admits, and fewest others."""
    found = set(policies)
    for weak in (PUBLIC, OPTIONAL, AUTHENTICATED):
        if weak in found:
            return weak
    return roles(*(name for policy in found for name in policy.roles))
