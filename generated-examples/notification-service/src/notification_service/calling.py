"""Who sent this request, for routes whose use cases ask."""

from __future__ import annotations

from uuid import UUID

from nexios.http import Request

from .chassis.errors import NotFound
from .chassis.identifiers import uuid_of
from .chassis.policy import Policy, Principal, roles

# Everybody with an account: a service is nobody's user.
USER: Policy = roles("customer", "support", "warehouse", "admin")


def user_id(request: Request) -> UUID:
    """The user who sends this request; raises NotFound for a token that is of no user."""
    subject = Principal.of(request).sub
    found = uuid_of(subject)
    if found is None:
        raise NotFound(f"no user {subject}")
    return found
