"""All instances the gateway knows: what is learned of one survives every new route table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import monotonic
from typing import Final

from .endpoint import Endpoint, Member
from .group import Group
from .service import Service

_MOST_GROUPS: Final = 4096


class Fleet:
    """Makes groups that share instances and services: one in use is always the same object."""

    def __init__(self, suspect: Callable[[str], None] | None = None) -> None:
        """`suspect` is told of each instance that cannot be reached."""
        self._suspect = suspect
        self._endpoints: dict[Member, Endpoint] = {}
        self._services: dict[str, Service] = {}
        self._groups: dict[tuple[str, tuple[Member, ...], str], Group] = {}

    def group(self, service: str, members: Sequence[Member], *, hash_by: str = "") -> Group:
        """The group of these instances; `hash_by` names a header whose value chooses among them."""
        key = (service, tuple(members), hash_by)
        known = self._groups.get(key)
        if known is None:
            if len(self._groups) >= _MOST_GROUPS:
                self._forget()
            endpoints = [self._endpoint(member) for member in members]
            made = Group(self._service(service), endpoints, hash_by=hash_by.lower().encode())
            known = self._groups[key] = made
        return known

    def _forget(self) -> None:
        """What is not in use, and of which nothing was learned that still matters."""
        now = monotonic()
        self._groups.clear()
        self._endpoints = {
            member: one
            for member, one in self._endpoints.items()
            if one.in_flight or one.ejected_until > now
        }
        self._services = {name: one for name, one in self._services.items() if one.open_until}

    def _service(self, name: str) -> Service:
        known = self._services.get(name)
        if known is None:
            known = self._services[name] = Service(name, self._suspect)
        return known

    def _endpoint(self, member: Member) -> Endpoint:
        known = self._endpoints.get(member)
        if known is None:
            known = self._endpoints[member] = Endpoint(member)
        return known
