"""What must be true of the shop whatever happened to it, I1 to I8, in one sentence each where it
is not."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from typing import Final

from tools.shop.delivery import mails_amiss, stuck, under_way
from tools.shop.money import broken_books, broken_orders
from tools.shop.shop import Shop
from tools.shop.stock import broken_reservations, broken_stock

_LEAST_SERVICES: Final = 4
_PAUSE_SECONDS: Final = 0.2


async def broken(shop: Shop, *, dead_letters: int = 0, seconds: float = 30) -> Sequence[str]:
    """What is not true once the shop has come to rest; it gets so many seconds for that."""
    end = time.monotonic() + seconds
    while True:
        found = [sentence async for sentence in _all(shop, dead_letters)]
        if not found or time.monotonic() > end:
            return found
        await asyncio.sleep(_PAUSE_SECONDS)


async def _all(shop: Shop, dead_letters: int) -> AsyncIterator[str]:
    looks = {
        "I1": (broken_stock(shop), broken_reservations(shop)),
        "I2": (broken_books(shop), broken_orders(shop)),
        "I3": (stuck(shop),),
        "I4": (under_way(shop, dead_letters),),
        "I5": (mails_amiss(shop),),
        "I6": (_gaps(shop),),
        "I7": (_unpromised(shop),),
        "I8": (_short_traces(shop),),
    }
    for number, several in looks.items():
        for look in several:
            async for sentence in look:
                yield f"{number}: {sentence}"


async def _gaps(shop: Shop) -> AsyncIterator[str]:
    for live in shop.lives:
        for sentence in live.broken():
            yield f"{live.person.email}: {sentence}"


async def _unpromised(shop: Shop) -> AsyncIterator[str]:
    for sentence in (await shop.contract()).broken(shop.door.record):
        yield sentence


async def _short_traces(shop: Shop) -> AsyncIterator[str]:
    if shop.spans is None or shop.killed:  # who is killed takes along what it was about to tell
        return
    for order, trace in shop.door.record.orders.items():
        services = shop.spans.services(trace)
        if len(services) < _LEAST_SERVICES:
            reached = ", ".join(sorted(services)) or "nobody"
            yield f"the trace of order {order} reaches {reached}"
