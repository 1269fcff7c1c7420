"""Who sent this request, for routes whose use cases ask."""

from __future__ import annotations

from uuid import UUID

from nexios.http import Request

from .audit.models import Caller
from .chassis.errors import NotFound
from .chassis.identifiers import uuid_of
from .chassis.policy import Policy, Principal, roles

# Everybody with an account: a service is nobody's user.
USER: Policy = roles("customer", "support", "warehouse", "admin")

_LONGEST_USER_AGENT = 255


def caller(request: Request) -> Caller:
    """The caller of a route, with the user and the session where a token says so."""
    client = request.scope.get("client")
    principal = Principal.known(request)
    return Caller(
        ip=client[0] if client else "unknown",
        user_agent=_printable(request.headers.get("user-agent") or ""),
        user_id=uuid_of(principal.sub) if principal else None,
        session_id=uuid_of(principal.sid) if principal and principal.sid else None,
    )


def user_id(request: Request) -> UUID:
    """The user who sends this request; raises NotFound for a token that is of no user here."""
    found = caller(request).user_id
    if found is None:
        raise NotFound(f"no user {Principal.of(request).sub}")
    return found


def _printable(text: str) -> str:
    return "".join(filter(str.isprintable, text))[:_LONGEST_USER_AGENT]
