"""kill -9 of the order service before and after every step of a saga: it ends well all the same."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import aiohttp

from tools.shop import shopping
from tools.shop.answers import Answer, Json
from tools.shop.insisting import insist
from tools.shop.people import Person
from tools.shop.shop import Shop
from tools.shop.waiting import eventually

SERVICE: Final = "order-service"
# Before anybody is asked, with the answer in hand and nothing saved, and when it is saved.
WHENS: Final = ("before", "asked", "after")
_UNDER_WAY: Final = frozenset({"pending", "awaiting_payment", "refund_pending"})
Journey = Callable[[Person, str], Awaitable[str]]
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Way:
    """How a customer gets to a step, and how the order is to end then."""

    go: Journey
    end: str


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
    """One crash after another, each with an order of its own; they end side by side.

    `whens` are those of WHENS at which to crash, in each step.
    """
    ending = []
    for number, (point, way) in enumerate(_points(whens).items()):
        buyer = buyers[number % len(buyers)]
        order = await _crash(shop, point, way.go(buyer, product))
        tell(f"crashed at {point}")
        ending.append(asyncio.create_task(_ended(buyer, point, order, way.end)))
    return await asyncio.gather(*ending)


def _points(whens: Sequence[str]) -> Mapping[str, Way]:
    """The way to each point, as order-service names them."""
    paid, cancelled = Way(_paid, "paid"), Way(_cancelled, "cancelled")
    forward = dict.fromkeys(("snapshot", "reserve", "pay", "settle", "commit"), paid)
    back = dict.fromkeys(("void", "release"), cancelled)
    ways = {**forward, **back, "refund": Way(_returned, "refunded")}
    return {f"saga.{step}.{when}": ways[step] for step in ways for when in whens}


async def _crash(shop: Shop, point: str, journey: Awaitable[str]) -> str:
    """Arm every replica, and go until one of them is gone; the answer is the order."""
    before = [one.pid for one in shop.running.processes(SERVICE)]
    await _arm(shop, point)
    order = await journey
    await eventually(lambda: _gone(shop, before), bool, 30)
    await _arm(shop, None)
    return order


async def _gone(shop: Shop, before: Sequence[int]) -> bool:
    """Whether a process is another one than before, and ready."""
    return [one.pid for one in shop.running.processes(SERVICE)] != list(before)


async def _arm(shop: Shop, point: str | None) -> None:
    async def arm(url: str) -> Answer:
        async with shop.door.session.put(f"{url}/_chaos", json={"crash_at": point}) as answer:
            return Answer("PUT", "/_chaos", answer.status, {}, await answer.read())

    for process in shop.running.processes(SERVICE):
        (await insist(lambda url=process.url: arm(url))).wanted(200)  # type: ignore[misc]


async def _ended(buyer: Person, point: str, order: str, wanted: str) -> Crash:
    """As soon as nothing is left to be done, or there is no hope that it will be."""
    begun = time.monotonic()
    after = await insist_until(buyer, order, lambda one: one["status"] not in _UNDER_WAY)
    return Crash(point, order, after["status"], wanted, time.monotonic() - begun)


async def _paid(buyer: Person, product: str) -> str:
    """Order it, and pay at once."""
    return await _placed(buyer, product, "ok")


async def _cancelled(buyer: Person, product: str) -> str:
    """Order it, and think better of it before it is paid."""
    order = await _placed(buyer, product, "requires_action")
    await insist_until(buyer, order, lambda one: one["status"] == "awaiting_payment")
    await insist(lambda: shopping.cancel(buyer, order))
    return order


async def _returned(buyer: Person, product: str) -> str:
    """Pay it, and think better of it then."""
    order = await _placed(buyer, product, "ok")
    await insist_until(buyer, order, lambda one: one["status"] == "paid")
    await insist(lambda: shopping.cancel(buyer, order))
    return order


async def _placed(buyer: Person, product: str, method: str) -> str:
    cart, home = await shopping.fill(buyer, {product: 1}), await shopping.address(buyer)
    key = f"chaos-{cart.id}-{cart.version}"
    answer = await insist(lambda: shopping.checkout(buyer, cart, method, to=home, key=key))
    return str(shopping.order_in(answer.wanted(201, 202))["id"])


async def insist_until(
    buyer: Person, order: str, wanted: Callable[[Json], bool], seconds: float = 60
) -> Json:
    """The order as soon as it is as wanted, whoever is away meanwhile."""

    async def look() -> Json | None:
        try:
            answer = await buyer.ask("GET", f"/v1/orders/{order}")
        except (aiohttp.ClientError, TimeoutError):
            return None
        return answer.json if answer.status == 200 else None

    found = await eventually(look, lambda one: one is not None and wanted(one), seconds)
    assert found is not None
    return found
