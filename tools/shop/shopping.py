"""What customers do: fill a cart, order it, pay, and look what has become of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self
from uuid import uuid4

from tools.shop.answers import Answer, Json
from tools.shop.people import Person
from tools.shop.waiting import eventually

ENDS: Final = frozenset({"paid", "cancelled", "rejected", "refunded", "shipped", "delivered"})
_HOME: Final = {
    "name": "Ada Lovelace",
    "line1": "12 St James's Square",
    "city": "London",
    "postal_code": "SW1Y 4JH",
    "country": "GB",
}


@dataclass(frozen=True, slots=True)
class Cart:
    """A cart as it was when it was priced: what an order of it must name."""

    id: str
    version: int
    total: Json
    lines: Sequence[Json]

    @classmethod
    def of(cls, id: str, quote: Json) -> Self:
        return cls(id, quote["cart_version"], quote["expected_total"], quote["lines"])

    def order(self, to: str, method: str) -> Json:
        """The order of it, sent to this address and paid with this method."""
        return {
            "cart_id": self.id,
            "cart_version": self.version,
            "address_id": to,
            "payment_method": method,
            "expected_total": self.total,
        }


async def fill(person: Person, wanted: Mapping[str, int]) -> Cart:
    """Put so many of each product into the person's cart, and have it priced.

    The cart of an order that was paid just now may still be taken for the next one: it is gone
    when the first thing is put into it, and then another one is opened.
    """
    cart = await _open(person)
    for number, (product, quantity) in enumerate(wanted.items()):
        line = {"product_id": product, "quantity": quantity}
        answer = await person.ask("POST", f"/v1/carts/{cart}/items", json=line)
        if answer.status == 404 and number == 0:
            cart = await _open(person)
            answer = await person.ask("POST", f"/v1/carts/{cart}/items", json=line)
        answer.wanted(200)
    return await priced(person, cart)


async def _open(person: Person) -> str:
    return str((await person.ask("POST", "/v1/carts", json={})).wanted(200, 201).json["id"])


async def priced(person: Person, cart: str) -> Cart:
    return Cart.of(cart, (await person.ask("GET", f"/v1/carts/{cart}/quote")).wanted(200).json)


async def address(person: Person, street: str = "", phone: str = "") -> str:
    """Where the parcel goes: an address that the person has, or a new one in this street."""
    kept = (await person.ask("GET", "/v1/users/me/addresses")).wanted(200).json["items"]
    if kept and not street:
        return str(kept[0]["id"])
    home = _HOME | ({"line1": street} if street else {}) | ({"phone": phone} if phone else {})
    made = await person.ask("POST", "/v1/users/me/addresses", json=home)
    return str(made.wanted(201).json["id"])


async def checkout(
    person: Person, cart: Cart, method: str = "ok", *, to: str = "", key: str = ""
) -> Answer:
    """Order what is in the cart; whatever the answer is."""
    order = cart.order(to or await address(person), method)
    headers = {"idempotency-key": key or str(uuid4())}
    answer = await person.ask("POST", "/v1/orders", json=order, headers=headers)
    # A replayed answer has a trace of its own, which reaches nobody else.
    if answer.status in (201, 202) and "idempotent-replayed" not in answer.headers:
        person.door.record.orders[order_in(answer)["id"]] = answer.trace
    return answer


def order_in(answer: Answer) -> Json:
    """The order that was made; of one that somebody is still asked about, its id and its status."""
    said = answer.json
    if answer.status == 202 and "order_id" in said:
        return {"id": said["order_id"], "status": said["status"]}
    found: Json = said["order"]
    return found


async def buy(person: Person, wanted: Mapping[str, int], method: str = "ok") -> Answer:
    """Fill a cart and order it."""
    return await checkout(person, await fill(person, wanted), method)


async def pay(person: Person, order: str, method: str) -> Answer:
    """Try again to pay an order whose payment was declined."""
    said = {"payment_method": method}
    headers = {"idempotency-key": str(uuid4())}
    return await person.ask("POST", f"/v1/orders/{order}/payments", json=said, headers=headers)


async def cancel(person: Person, order: str) -> Answer:
    return await person.ask("POST", f"/v1/orders/{order}/cancel")


async def current_cart(person: Person) -> Json:
    """The person's cart, as it is."""
    return (await person.ask("GET", "/v1/carts/current")).wanted(200).json


async def order_of(person: Person, id: str) -> Json:
    return (await person.ask("GET", f"/v1/orders/{id}")).wanted(200).json


async def until(person: Person, id: str, *statuses: str, seconds: float = 40) -> Json:
    """The order as soon as it has one of these statuses; one that has ended if none is named."""
    wanted = statuses or ENDS
    return await eventually(
        lambda: order_of(person, id), lambda order: order["status"] in wanted, seconds
    )
