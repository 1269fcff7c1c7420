"""Who sends a request, and who may send which, in the words of this service."""

from __future__ import annotations

from typing import Final

from nexios.http import Request

from .chassis.policy import Policy, Principal, roles

ADMIN: Final[Policy] = roles("admin")
WAREHOUSE: Final[Policy] = roles("warehouse")
SERVICE: Final[Policy] = roles("service")
_STAFF: Final = frozenset({"admin", "support", "warehouse"})


def actor(request: Request) -> str:
    """Who does this, as the ledger names it: the id of a user, or the name of a service."""
    return Principal.of(request).sub


def is_staff(request: Request) -> bool:
    """Whether somebody of the shop asks, on a route that is open to all."""
    principal = Principal.known(request)
    return principal is not None and not _STAFF.isdisjoint(principal.roles)
