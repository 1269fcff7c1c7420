"""The services that an order is made with, on one real socket; they keep to their contracts."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any
from uuid import UUID

import jwt
from aiohttp import web
from aiohttp.test_utils import TestServer

from order_service.chassis.identifiers import uuid7

from tests.chassis.fixtures_auth import SECRET

Json = dict[str, Any]  # Any: JSON
Handler = Any  # Any: aiohttp's own name for it is private
ADDRESS = {
    "name": "Ada Lovelace",
    "line1": "12 St James's Square",
    "line2": None,
    "postal_code": "SW1Y 4JH",
    "city": "London",
    "country": "GB",
    "phone": None,
    "created_at": "2026-01-01T00:00:00Z",
}

_SERVICES = {
    "carts": "cart-service",
    "reservations": "product-service",
    "users": "user-service",
}


def eur(amount: int) -> Json:
    return {"amount": amount, "currency": "EUR"}


class Neighbours:
    """Carts, addresses and stock; `silent` and `away` name services that do not answer well."""

    def __init__(self) -> None:
        self.quotes: dict[str, Json] = {}
        self.addresses: dict[tuple[str, str], Json] = {}
        self.stock: dict[str, int] = {}
        self.reservations: dict[str, Json] = {}
        self.asked: Counter[str] = Counter()
        self.silent: set[str] = set()
        self.away: set[str] = set()
        self.server = TestServer(self._app())

    @property
    def targets(self) -> str:
        url = str(self.server.make_url("")).rstrip("/")
        names = ("cart-service", "product-service", "user-service")
        return ",".join(f"{name}={url}" for name in names)

    def cart(
        self, user_id: str | None, quantity: int = 2, price: int = 1999, stock: int = 5
    ) -> Json:
        """A cart with one product of which there is so much; its quote."""
        product = str(uuid7())
        self.stock[product] = stock
        items, shipping = quantity * price, 490
        line = {
            "product_id": product,
            "sku": "SHOE-42",
            "name": "Shoe",
            "quantity": quantity,
            "unit_price": eur(price),
            "line_total": eur(items),
        }
        totals = {
            "items": eur(items),
            "shipping": eur(shipping),
            "tax": eur(0),
            "discount": eur(0),
            "grand": eur(items + shipping),
        }
        cart_id = str(uuid7())
        self.quotes[cart_id] = {
            "cart_id": cart_id,
            "user_id": user_id,
            "cart_version": 3,
            "currency": "EUR",
            "lines": [line],
            "totals": totals,
            "expected_total": totals["grand"],
        }
        return self.quotes[cart_id]

    def address(self, user_id: str) -> str:
        address_id = str(uuid7())
        self.addresses[user_id, address_id] = {"id": address_id, **ADDRESS}
        return address_id

    def reservation_of(self, order_id: str) -> Json:
        return next(one for one in self.reservations.values() if one["order_id"] == order_id)

    def expire(self, order_id: str) -> Json:
        """What product-service does with a reservation whose time is over."""
        held = self.reservation_of(order_id)
        self._let_go(held, "expired")
        return held

    def _app(self) -> web.Application:
        app = web.Application(middlewares=[self._behave])
        app.add_routes(
            [
                web.get("/v1/carts/{id}/quote", self._quote),
                web.get("/v1/users/{user}/addresses/{id}", self._address),
                web.post("/v1/reservations", self._reserve),
                web.post("/v1/reservations/{id}/commit", self._commit),
                web.post("/v1/reservations/{id}/release", self._release),
            ]
        )
        return app

    @web.middleware
    async def _behave(
        self, request: web.Request, handler: Any
    ) -> web.StreamResponse:  # Any: theirs
        service = _SERVICES[request.path.split("/")[2]]
        token = request.headers["authorization"].removeprefix("Bearer ")
        claims = jwt.decode(token, SECRET, algorithms=["HS256"], audience=service)
        assert claims["roles"] == ["service"]
        self.asked[f"{service} {request.path.rpartition('/')[2]}"] += 1
        if service in self.silent:
            await asyncio.sleep(30)
        if service in self.away:
            return _problem(503, "dependency-unavailable")
        answer: web.StreamResponse = await handler(request)
        return answer

    async def _quote(self, request: web.Request) -> web.Response:
        quote = self.quotes.get(request.match_info["id"])
        if quote is None:
            return _problem(404, "not-found")
        return web.json_response(quote) if quote["lines"] else _problem(409, "cart-empty")

    async def _address(self, request: web.Request) -> web.Response:
        found = self.addresses.get((request.match_info["user"], request.match_info["id"]))
        return web.json_response(found) if found else _problem(404, "not-found")

    async def _reserve(self, request: web.Request) -> web.Response:
        said = await request.json()
        known = [one for one in self.reservations.values() if one["order_id"] == said["order_id"]]
        if known and known[0]["status"] in ("active", "committed"):
            return web.json_response(known[0])
        if known and known[0]["status"] == "released":
            return _problem(409, "reservation-expired")
        if any(line["product_id"] not in self.stock for line in said["lines"]):
            return _problem(422, "validation-failed")
        missing = [
            {
                "product_id": line["product_id"],
                "requested": line["quantity"],
                "available": self.stock[line["product_id"]],
            }
            for line in said["lines"]
            if self.stock[line["product_id"]] < line["quantity"]
        ]
        if missing:
            return _problem(409, "insufficient-stock", lines=missing)
        for line in said["lines"]:
            self.stock[line["product_id"]] -= line["quantity"]
        held_id = str(known[0]["id"] if known else uuid7())
        self.reservations[held_id] = {"id": held_id, **said, "status": "active"}
        return web.json_response(self.reservations[held_id], status=201)

    async def _commit(self, request: web.Request) -> web.Response:
        held = self.reservations[str(UUID(request.match_info["id"]))]
        if held["status"] not in ("active", "committed"):
            return _problem(409, "reservation-expired")
        held["status"] = "committed"
        return web.json_response(held)

    async def _release(self, request: web.Request) -> web.Response:
        held = self.reservations[str(UUID(request.match_info["id"]))]
        if held["status"] == "committed":
            return _problem(409, "already-committed")
        self._let_go(held, (await request.json())["reason"])
        return web.json_response(held)

    def _let_go(self, held: Json, reason: str) -> None:
        if held["status"] != "active":
            return
        held |= {"status": "expired" if reason == "expired" else "released", "reason": reason}
        for line in held["lines"]:
            self.stock[line["product_id"]] += line["quantity"]


def _problem(status: int, code: str, **more: object) -> web.Response:
    document = {"status": status, "code": code, "detail": code, **more}
    headers = {"retry-after": "1"} if status == 503 else {}
    return web.json_response(
        document, status=status, content_type="application/problem+json", headers=headers
    )
