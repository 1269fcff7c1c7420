"""What the staff does: products, stock, roles, shipping and refunds."""

from __future__ import annotations

from uuid import uuid4

from tools.shop.answers import Answer, Json
from tools.shop.people import Person
from tools.shop.waiting import eventually


async def product(admin: Person, *, price: int = 1999, name: str = "Walking boots") -> str:
    """A new product, of which there is nothing yet; the answer is its id."""
    wanted = {
        "sku": f"T-{uuid4().hex[:12].upper()}",
        "name": name,
        "description": "For tests, and warm.",
        "price": {"amount": price, "currency": "EUR"},
    }
    made = (await admin.ask("POST", "/v1/products", json=wanted)).wanted(201).json
    return str(made["id"])


async def adjust(warehouse: Person, product: str, delta: int) -> None:
    """So many more on the shelf, or fewer."""
    entry = {"product_id": product, "delta": delta, "reason": "counted"}
    (await warehouse.ask("POST", "/v1/inventory/adjustments", json=entry)).wanted(201)


async def availability(person: Person, product: str) -> Json:
    return (await person.ask("GET", f"/v1/products/{product}/availability")).wanted(200).json


async def until_available(person: Person, product: str, quantity: int) -> Json:
    """How much there is, as soon as it is so much."""
    return await eventually(
        lambda: availability(person, product), lambda stock: stock["available"] == quantity
    )


async def reprice(admin: Person, product: str, price: int) -> None:
    """Another price from now on."""
    path = f"/v1/products/{product}"
    tag = (await admin.ask("GET", path)).wanted(200).headers["etag"]
    said = {"price": {"amount": price, "currency": "EUR"}}
    (await admin.ask("PATCH", path, json=said, headers={"if-match": tag})).wanted(200)


async def ship(warehouse: Person, order: str) -> Answer:
    """Hand the parcel to its carrier."""
    said = {"carrier": "DHL", "tracking": f"JJD{uuid4().hex[:12].upper()}"}
    return await warehouse.ask("POST", f"/v1/orders/{order}/shipments", json=said)


async def deliver(warehouse: Person, order: str) -> Answer:
    """The parcel has arrived."""
    return await warehouse.ask("POST", f"/v1/orders/{order}/deliver")


async def refund(support: Person, order: Json, amount: int) -> Answer:
    """Give so much of an order's money back."""
    money = {"amount": amount, "currency": order["totals"]["grand"]["currency"]}
    said = {"amount": money, "reason": "it did not fit"}
    headers = {"idempotency-key": str(uuid4())}
    return await support.ask(
        "POST", f"/v1/orders/{order['id']}/refunds", json=said, headers=headers
    )


async def give_roles(admin: Person, person: Person, *roles: str) -> Person:
    """The same person, signed in again with these roles."""
    path = f"/v1/users/{person.id}/roles"
    (await admin.ask("PUT", path, json={"roles": roles})).wanted(200)
    return await person.sign_in()
