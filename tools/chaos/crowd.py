"""Customers who order all the time, in every way that there is, and insist."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import uuid4

from tools.chaos.ways import insist_until
from tools.shop import shopping
from tools.shop.answers import Unexpected
from tools.shop.insisting import insist
from tools.shop.people import Person
from tools.shop.shop import Shop

# How customers pay, by how often; those in capitals do something more afterwards.
_WAYS: Final = {
    "ok": 6,
    "webhook_x3": 1,
    "webhook_out_of_order": 1,
    "webhook_lost": 1,
    "decline": 1,
    "decline_then_ok": 2,
    "requires_action": 1,
    "success_late": 1,
    "timeout_30s": 1,
}
_THINKS_BETTER_OF_IT: Final = 0.15
_PAUSE_SECONDS: Final = 0.3
_LONGEST_SECONDS: Final = 120.0  # what is not paid is cancelled long before


@dataclass
class Crowd:
    """Those customers, what they ordered, and what went wrong for them."""

    shop: Shop
    products: Sequence[str]
    orders: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    ended: Counter[str] = field(default_factory=Counter)

    async def shop_on(self, person: Person) -> None:
        """Until it is cancelled: one order after the other, each followed to its end."""
        while True:
            try:
                await self._order(person)
            except (Unexpected, AssertionError) as error:
                self.complaints.append(f"{person.email}: {error}")
            await asyncio.sleep(random.random() * _PAUSE_SECONDS)

    async def _order(self, person: Person) -> None:
        wanted = dict.fromkeys(random.sample(self.products, k=random.choice((1, 2))), 1)
        cart, home = await shopping.fill(person, wanted), await shopping.address(person)
        method = random.choices([*_WAYS], [*_WAYS.values()])[0]
        key = str(uuid4())
        placed = await insist(lambda: shopping.checkout(person, cart, method, to=home, key=key))
        if placed.status == 409:
            return  # the cart was converted, or priced anew, while it was looked at
        order = str(shopping.order_in(placed.wanted(201, 202))["id"])
        self.orders.append(order)
        await self._go_on(person, order, method)
        if method == "decline":
            return  # it waits for another payment, or its end; the customer does not
        after = await insist_until(
            person, order, lambda one: one["status"] in shopping.ENDS, _LONGEST_SECONDS
        )
        self.ended[after["status"]] += 1

    async def _go_on(self, person: Person, order: str, method: str) -> None:
        """What the method needs besides, or the customer thinks better of it."""
        if random.random() < _THINKS_BETTER_OF_IT:
            await insist(lambda: shopping.cancel(person, order))
        elif method == "requires_action":
            await insist_until(person, order, lambda one: one["status"] != "pending")
            with contextlib.suppress(IndexError):  # it was cancelled before it came to a payment
                await self.shop.provider.authenticate(order)
        elif method == "decline_then_ok":
            await insist_until(person, order, lambda one: one["status"] != "pending")
            await insist(lambda: shopping.pay(person, order, "ok"))
