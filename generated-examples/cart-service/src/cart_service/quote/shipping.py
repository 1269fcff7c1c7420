"""What shipping costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..chassis.money import Money


@dataclass(frozen=True, slots=True)
class Rate:
    """The price in one currency, in its smallest unit; nothing for items of `free_from` or more."""

    amount: int
    free_from: int | None


def shipping_of(items: Money, rates: Mapping[str, Rate]) -> Money:
    rate = rates.get(items.currency)
    free = rate is None or (rate.free_from is not None and items.amount >= rate.free_from)
    return Money(amount=0 if rate is None or free else rate.amount, currency=items.currency)
