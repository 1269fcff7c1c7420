"""The customers: who goes about with a cart, who waits for an order to be paid."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from tools.shop.people import Person
from tools.shop.shop import Shop
from tools.shop.shopping import address

_AT_ONCE: Final = 8


class Nobody(Exception):
    """All customers wait for their orders, or are served just now."""


@dataclass
class Customer:
    """One customer; `cart` is empty until one is opened, `lines` are what was put into it."""

    person: Person
    home: str
    cart: str = ""
    lines: dict[str, int] = field(default_factory=dict)
    order: str = ""

    def leave_cart(self) -> None:
        self.cart = ""
        self.lines.clear()


class Crowd:
    """Who serves a customer has him alone: two do not change one cart at once."""

    def __init__(self, customers: Sequence[Customer]) -> None:
        self.customers = customers
        self._free = deque(customers)
        self._waiting: deque[Customer] = deque()

    @property
    def scarce(self) -> bool:
        """Whether most of them wait for their orders, and who is left has to check out."""
        return len(self._free) < len(self.customers) / 3

    @contextmanager
    def shopper(self, *, with_lines: bool = False) -> Iterator[Customer]:
        """Who has been idle longest, if possible one with something in the cart; raises Nobody."""
        if not self._free:
            raise Nobody("has no customer: all wait for their orders to be paid")
        ready = (one for one in self._free if one.lines)
        customer = next(ready, self._free[0]) if with_lines else self._free[0]
        self._free.remove(customer)
        try:
            yield customer
        except BaseException:
            customer.leave_cart()  # who knows what is in it now
            raise
        finally:
            self._take_back(customer)

    @contextmanager
    def waiting(self) -> Iterator[Customer | None]:
        """Who has waited longest for an order, if anybody does; whoever has it shops again."""
        customer = self._waiting.popleft() if self._waiting else None
        try:
            yield customer
        finally:
            if customer is not None:
                self._take_back(customer)

    def _take_back(self, customer: Customer) -> None:
        (self._waiting if customer.order else self._free).append(customer)


async def gathered(shop: Shop, count: int) -> Crowd:
    """So many new customers, each with an address."""
    places = asyncio.Semaphore(_AT_ONCE)

    async def one() -> Customer:
        async with places:
            person = await shop.customer()
            return Customer(person, await address(person))

    return Crowd(await asyncio.gather(*(one() for _ in range(count))))
