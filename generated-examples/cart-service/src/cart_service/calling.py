"""Who sent this request, and whose cart that can be."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from nexios.http import Request

from .cart.owner import Owner, hash_of
from .chassis.errors import Forbidden
from .chassis.identifiers import uuid_of
from .chassis.policy import Policy, Principal, roles
from .chassis.settings import AnySettings

# Everybody with an account: a service is nobody's user.
USER: Final[Policy] = roles("customer", "support", "warehouse", "admin")
SERVICE: Final[Policy] = roles("service")

_LONGEST_TOKEN: Final = 256


def owner(request: Request) -> Owner:
    """The user whom the bearer token names, and the guest who holds an X-Cart-Token."""
    token = request.headers.get("x-cart-token")
    known = token and len(token) <= _LONGEST_TOKEN
    return Owner(_user_id(request), hash_of(token) if token and known else None)


def user(request: Request) -> Owner:
    """The user; raises Forbidden for a token that is of no user."""
    found = Owner(_user_id(request))
    if found.user_id is None:
        raise Forbidden("only a user has a cart of one's own")
    return found


def settings(request: Request, kind: type[AnySettings]) -> AnySettings:
    """The settings of this kind, read at the start."""
    found: AnySettings = request.scope["base_app"].settings(kind)
    return found


def is_service(request: Request) -> bool:
    principal = Principal.known(request)
    return principal is not None and SERVICE.admits(principal)


def _user_id(request: Request) -> UUID | None:
    principal = Principal.known(request)
    if principal is None or not USER.admits(principal):
        return None
    return uuid_of(principal.sub)
