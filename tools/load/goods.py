"""What the shop sells during the load."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tools.shop import staff
from tools.shop.people import Person

KINDS: Final = ("boots", "sandals", "sneakers", "slippers", "clogs")
_COLOURS: Final = ("Amber", "Black", "Crimson", "Dune", "Emerald", "Fawn", "Grey", "Hazel")
_IN_STOCK: Final = 1_000_000
_AT_ONCE: Final = 8


@dataclass(frozen=True)
class Goods:
    """The ids of the products, and the words that find them."""

    products: Sequence[str]
    words: Sequence[str] = KINDS


async def stocked(admin: Person, warehouse: Person) -> Goods:
    """Products of each kind in each colour, more of them than anybody buys."""
    places = asyncio.Semaphore(_AT_ONCE)

    async def one(number: int, name: str) -> str:
        async with places:
            made = await staff.product(admin, price=990 + 50 * number, name=name)
            await staff.adjust(warehouse, made, _IN_STOCK)
            return made

    names = [f"{colour} {kind}" for kind in KINDS for colour in _COLOURS]
    return Goods(await asyncio.gather(*(one(*numbered) for numbered in enumerate(names))))
