"""Who sent this request, for routes whose use cases ask."""

from __future__ import annotations

from typing import Final

from nexios.http import Request

from .chassis.errors import NotFound
from .chassis.identifiers import uuid_of
from .chassis.policy import Policy, Principal, roles
from .order.caller import Caller

CUSTOMER: Final[Policy] = roles("customer")
# Whoever may see orders: customers their own, support all.
READER: Final[Policy] = roles("customer", "support", "admin")
SUPPORT: Final[Policy] = roles("support", "admin")
WAREHOUSE: Final[Policy] = roles("warehouse", "admin")
SERVICE: Final[Policy] = roles("service")


def caller(request: Request) -> Caller:
    """Raises NotFound for a token that is of no user."""
    principal = Principal.of(request)
    user_id = uuid_of(principal.sub)
    if user_id is None:
        raise NotFound(f"no user {principal.sub}")
    return Caller(
        user_id,
        sees_all=not SUPPORT.roles.isdisjoint(principal.roles),
        is_admin="admin" in principal.roles,
    )
