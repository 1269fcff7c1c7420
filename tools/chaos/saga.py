"""kill -9 of the order service before and after every step of a saga: it ends well all the same."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final
from uuid import UUID

from dev.processes import command_line
from tools.chaos.ways import WAYS, Strike, insist_until
from tools.shop.answers import Answer
from tools.shop.insisting import insist
from tools.shop.people import Person
from tools.shop.shop import Shop
from tools.shop.waiting import eventually

SERVICE: Final = "order-service"
# Before anybody is asked, with the answer in hand and nothing saved, and when it is saved.
WHENS: Final = ("before", "asked", "after")
_UNDER_WAY: Final = frozenset({"pending", "awaiting_payment", "refund_pending"})
_OPEN: Final = "SELECT count(*) AS sagas FROM sagas WHERE order_id = $1 AND step <> 'done'"
_TOGETHER_SECONDS: Final = 12.0  # from the first crash to the last: much less than a lease
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Crash:
    """What became of the order in hand when the service crashed at this point, and how soon."""

    point: str
    order: str
    status: str
    wanted: str
    seconds: float

    @property
    def sound(self) -> bool:
        return self.status == self.wanted


async def crash_everywhere(
    shop: Shop, buyers: Sequence[Person], product: str, whens: Sequence[str], tell: Tell
) -> Sequence[Crash]:
    """Crash at these moments of each step, each time with another buyer's order in hand.

    Some crashes follow each other, and their orders end side by side.  But not more than happen
    before a lease ends: the saga that went on then would run into a crash meant for another one.
    """
    crashes: list[Crash] = []
    for when in whens:
        ending: list[asyncio.Task[Crash]] = []
        first = 0.0
        for (step, way), buyer in zip(WAYS.items(), buyers, strict=True):
            if ending and time.monotonic() - first > _TOGETHER_SECONDS:
                crashes += await _all(ending, tell)
            point = f"saga.{step}.{when}"
            # Not before it is needed: an order that waits for its payment does not wait for ever.
            strike = await way.prepare(buyer, product)
            struck, died = await _crash(shop, point, strike)
            tell(f"crashed at {point}")
            first = first if ending else died
            ending.append(asyncio.create_task(_ended(shop, buyer, point, way.end, struck, died)))
        crashes += await _all(ending, tell)
    return crashes


async def _all(ending: list[asyncio.Task[Crash]], tell: Tell) -> Sequence[Crash]:
    """What became of these, once they have ended; the list is empty then."""
    crashes = await asyncio.gather(*ending)
    ending.clear()
    slowest = max(crash.seconds for crash in crashes)
    tell(f"{len(crashes)} orders have ended, the slowest {slowest:.0f} s after its crash")
    return crashes


async def _crash(shop: Shop, point: str, strike: Strike) -> tuple[asyncio.Future[str], float]:
    """Arm every replica, and strike; the order on its way, and when one of them was dead."""
    armed = await eventually(partial(_pids, shop), lambda pids: all(map(command_line, pids)), 30)
    await _arm(shop, point)
    struck = asyncio.ensure_future(strike())
    await eventually(partial(_dead, armed), bool, 30)
    died = time.monotonic()
    await _arm(shop, None)
    return struck, died


async def _pids(shop: Shop) -> Sequence[int]:
    return [one.pid for one in shop.running.processes(SERVICE)]


async def _dead(pids: Sequence[int]) -> bool:
    """Whether one of these processes is no more."""
    return not all(map(command_line, pids))


async def _arm(shop: Shop, point: str | None) -> None:
    async def arm(url: str) -> Answer:
        async with shop.door.session.put(f"{url}/_chaos", json={"crash_at": point}) as answer:
            return Answer("PUT", "/_chaos", answer.status, {}, await answer.read())

    for process in shop.running.processes(SERVICE):
        (await insist(partial(arm, process.url))).wanted(200)


async def _ended(
    shop: Shop, buyer: Person, point: str, wanted: str, struck: Awaitable[str], died: float
) -> Crash:
    """As soon as nothing is left to be done, or there is no hope that it will be."""
    order = await struck
    await insist_until(buyer, order, lambda one: one["status"] not in _UNDER_WAY)
    await eventually(partial(_sagas, shop, order), lambda left: not left, 60)
    seconds = time.monotonic() - died
    after = await insist_until(buyer, order, bool)
    return Crash(point, order, after["status"], wanted, seconds)


async def _sagas(shop: Shop, order: str) -> int:
    """How much of what is to be done about the order is not."""
    [row] = await shop.rows(SERVICE, _OPEN, UUID(order))
    return int(row["sagas"])
