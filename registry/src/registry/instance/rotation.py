"""Whose turn it is: smooth weighted round robin among the healthy instances of a service.

Heavy ones come more often, and never several times in a row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from .errors import NoHealthyInstance, UnknownService
from .models import Instance, State
from .view import View

_MOST_ACCOUNTS: Final = 10_000


class Rotation:
    """The turns of all services, each with those of every zone; each replica takes its own."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._credits: dict[tuple[str, str | None], Mapping[str, int]] = {}

    def pick(self, name: str, zone: str | None) -> Instance:
        """The instance whose turn it is, in this zone if there is a healthy one.

        Raises UnknownService, or NoHealthyInstance if none is even suspect.
        """
        known = self._view.serving(name)
        if not known:
            raise UnknownService(f"no service {name}")
        fit = _fit(known)
        if not fit:
            raise NoHealthyInstance(f"none of the {len(known)} instances of {name} is healthy")
        near = [one for one in fit if zone is not None and one.metadata.zone == zone]
        weights = {one.id: one.metadata.weight for one in near or fit}
        account = (name, zone if near else None)
        if account not in self._credits and len(self._credits) >= _MOST_ACCOUNTS:
            del self._credits[next(iter(self._credits))]
        chosen, self._credits[account] = turn(self._credits.get(account, {}), weights)
        return next(one for one in fit if one.id == chosen)


def turn(credits: Mapping[str, int], weights: Mapping[str, int]) -> tuple[str, dict[str, int]]:
    """Whose turn it is among the keys of `weights`, and the credits to hand in at the next turn.

    Everybody earns its weight, the richest is chosen and pays for all; of equals, the first.
    """
    earned = {key: credits.get(key, 0) + weight for key, weight in weights.items()}
    chosen = max(earned, key=earned.__getitem__)
    earned[chosen] -= sum(weights.values())
    return chosen, earned


def _fit(known: Sequence[Instance]) -> list[Instance]:
    """The healthy ones, or in their absence the suspect ones."""
    healthy = [one for one in known if one.state is State.healthy]
    return healthy or [one for one in known if one.state is State.suspect]
