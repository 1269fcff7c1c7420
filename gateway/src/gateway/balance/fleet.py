"""All instances the gateway knows: what is learned of one survives every new route table."""

from __future__ import annotations

from collections.abc import Sequence
from weakref import WeakValueDictionary

from .endpoint import Endpoint, Member
from .group import Group


class Fleet:
    """Makes groups that share their instances: one in use is always the same object."""

    def __init__(self) -> None:
        self._endpoints: WeakValueDictionary[Member, Endpoint] = WeakValueDictionary()

    def group(self, service: str, members: Sequence[Member], *, hash_by: str = "") -> Group:
        """The group of these instances; `hash_by` names a header whose value chooses among them."""
        return Group(service, tuple(map(self._endpoint, members)))

    def _endpoint(self, member: Member) -> Endpoint:
        known = self._endpoints.get(member)
        if known is None:
            known = self._endpoints[member] = Endpoint(member)
        return known
