"""All instances the gateway knows: what is learned of one survives every new route table."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from .endpoint import Endpoint, Member
from .group import Group
from .service import Service


class Fleet:
    """Makes groups that share instances and services: one in use is always the same object."""

    def __init__(self, suspect: Callable[[str], None] | None = None) -> None:
        """`suspect` is told of each instance that cannot be reached."""
        self._suspect = suspect
        self._endpoints: dict[Member, Endpoint] = {}
        self._services: dict[str, Service] = {}

    def group(self, service: str, members: Iterable[Member], *, hash_by: str = "") -> Group:
        """The group of these instances; `hash_by` names a header whose value chooses among them."""
        known = self._services.get(service)
        if known is None:
            known = self._services[service] = Service(service, self._suspect)
        endpoints = [self._endpoint(member) for member in members]
        return Group(known, endpoints, hash_by=hash_by.lower().encode())

    def forget_idle(self, now: float) -> None:
        """Those of which nothing is known that matters are made anew when they are needed."""
        self._endpoints = {
            member: one
            for member, one in self._endpoints.items()
            if one.in_flight or one.ejected_until > now
        }
        self._services = {name: one for name, one in self._services.items() if one.open_until}

    def _endpoint(self, member: Member) -> Endpoint:
        known = self._endpoints.get(member)
        if known is None:
            known = self._endpoints[member] = Endpoint(member)
        return known
