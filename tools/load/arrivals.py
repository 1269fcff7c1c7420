"""When people come and what for: decided before the first one comes, so that no answer, however
late, keeps anybody from coming."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """What somebody comes for."""

    browse = "browse"
    search = "search"
    cart_read = "cart read"
    cart_write = "cart write"
    order_read = "order read"
    checkout = "checkout"
    auth = "auth"


# Of a hundred people.
MIX: Final = {
    Kind.browse: 50,
    Kind.search: 15,
    Kind.cart_read: 10,
    Kind.cart_write: 12,
    Kind.order_read: 5,
    Kind.checkout: 5,
    Kind.auth: 3,
}


@dataclass(frozen=True, slots=True)
class Arrival:
    """Somebody who comes so many seconds after the beginning."""

    at: float
    kind: Kind


def arrivals(rate: float, seconds: float, dice: random.Random) -> Iterator[Arrival]:
    """So many a second on average, each independent of the others: a Poisson process.

    What they come for is dealt like cards, so that every hundred of them is the mix.
    """
    at, deck = dice.expovariate(rate), _decks(dice)
    while at < seconds:
        yield Arrival(at, next(deck))
        at += dice.expovariate(rate)


def _decks(dice: random.Random) -> Iterator[Kind]:
    while True:
        deck = [kind for kind, count in MIX.items() for _ in range(count)]
        dice.shuffle(deck)
        yield from deck
