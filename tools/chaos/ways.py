"""How an order gets to each step of its saga, and how it is to end after that."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

import aiohttp

from tools.shop import shopping
from tools.shop.answers import Json
from tools.shop.insisting import insist
from tools.shop.people import Person
from tools.shop.waiting import eventually

Strike = Callable[[], Awaitable[str]]  # what brings an order to the step; it answers with its id


@dataclass(frozen=True, slots=True)
class Way:
    """How a customer gets to just before a step, and how the order is to end after it."""

    prepare: Callable[[Person, str], Awaitable[Strike]]
    end: str


async def _to_order(buyer: Person, product: str) -> Strike:
    """A cart that is ready to be ordered, and paid at once."""
    return await _checkout(buyer, product, "ok")


async def _to_cancel(buyer: Person, product: str) -> Strike:
    """An order that waits for its payment, of which the customer thinks better."""
    order = await (await _checkout(buyer, product, "requires_action"))()
    await insist_until(buyer, order, lambda one: one["status"] == "awaiting_payment")
    return partial(_cancel, buyer, order)


async def _to_return(buyer: Person, product: str) -> Strike:
    """An order that is paid, of which the customer thinks better then."""
    order = await (await _checkout(buyer, product, "ok"))()
    await insist_until(buyer, order, lambda one: one["status"] == "paid")
    return partial(_cancel, buyer, order)


async def _checkout(buyer: Person, product: str, method: str) -> Strike:
    cart, home = await shopping.fill(buyer, {product: 1}), await shopping.address(buyer)
    key = f"chaos-{cart.id}-{cart.version}"

    async def order() -> str:
        answer = await insist(lambda: shopping.checkout(buyer, cart, method, to=home, key=key))
        return str(shopping.order_in(answer.wanted(201, 202))["id"])

    return order


async def _cancel(buyer: Person, order: str) -> str:
    await insist(lambda: shopping.cancel(buyer, order))
    return order


WAYS: Final[Mapping[str, Way]] = {
    "snapshot": Way(_to_order, "paid"),
    "reserve": Way(_to_order, "paid"),
    "pay": Way(_to_order, "paid"),
    "settle": Way(_to_order, "paid"),
    "commit": Way(_to_order, "paid"),
    "void": Way(_to_cancel, "cancelled"),
    "release": Way(_to_cancel, "cancelled"),
    "refund": Way(_to_return, "refunded"),
}


async def insist_until(
    buyer: Person, order: str, wanted: Callable[[Json], object], seconds: float = 60
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
