"""Smooth weighted round robin: heavy ones come more often, and never several times in a row."""

from __future__ import annotations

from collections.abc import Mapping


def turn(credits: Mapping[str, int], weights: Mapping[str, int]) -> tuple[str, dict[str, int]]:
    """Whose turn it is among the keys of `weights`, and the credits to hand in at the next turn.

    Everybody earns its weight, the richest is chosen and pays for all; of equals, the first.
    """
    earned = {key: credits.get(key, 0) + weight for key, weight in weights.items()}
    chosen = max(earned, key=earned.__getitem__)
    earned[chosen] -= sum(weights.values())
    return chosen, earned
