"""What the customer does, from signing in to the order; each request is shown with its answer."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Final

from dev.errors import CannotStart
from tools.shop.answers import Answer, Json
from tools.shop.door import Door
from tools.shop.people import Person
from tools.shop.shop import Shop
from tools.shop.shopping import Cart, checkout, fill, order_in
from tools.shop.staff import availability
from tools.tour.screen import Screen

QUANTITY: Final = 2
_WANTED: Final = "teapot"


class OpenDoor(Door):
    """The same door, where everybody sees who goes through."""

    def __init__(self, door: Door, screen: Screen) -> None:
        super().__init__(door.gateway, door.session, door.record)
        self._screen = screen

    async def pass_through(self, send: Callable[[], Awaitable[Answer]]) -> Answer:
        begun = time.monotonic()
        answer = await super().pass_through(send)
        took = f"{(time.monotonic() - begun) * 1000:.0f} ms"
        place = "/".join(_short(part) for part in answer.path.split("/"))
        self._screen.show("request", f"{answer.method} {place}", f"{answer.status} in {took}")
        return answer


async def sign_in(shop: Shop, screen: Screen) -> Person:
    """The customer whom every new stack has; raises CannotStart where it stayed empty."""
    if "customer" not in shop.running.told["users"]:
        raise CannotStart("there is no customer: this stack is empty")
    email, password = shop.running.password_of("customer")
    return await Person(OpenDoor(shop.door, screen), email, password).sign_in()


async def find(person: Person) -> Json:
    """What the customer is going to buy."""
    found = (await person.ask("GET", f"/v1/products?q={_WANTED}")).wanted(200).json["items"]
    product: Json = found[0]
    return product


async def available(person: Person, product: Json) -> int:
    """How many of it can be bought."""
    return int((await availability(person, product["id"]))["available"])


async def put_in_cart(person: Person, product: Json) -> Cart:
    """A few of it, and what they cost."""
    return await fill(person, {product["id"]: QUANTITY})


async def order(person: Person, cart: Cart) -> Json:
    """The order as it was answered, paid with what always works."""
    return order_in((await checkout(person, cart)).wanted(201, 202))


def _short(part: str) -> str:
    """An id by its last letters: those are the ones that differ."""
    return f"…{part[-6:]}" if len(part) == 36 else part
