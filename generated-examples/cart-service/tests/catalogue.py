"""product-service, as far as carts ask it: a small server on a real socket."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from aiohttp import web

from cart_service.chassis.identifiers import uuid7

Json = dict[str, Any]  # Any: JSON


def euros(cents: int, currency: str = "EUR") -> Json:
    return {"amount": cents, "currency": currency}


class Catalogue:
    """Answers for the products that it was given; it can go away, and be in trouble."""

    def __init__(self) -> None:
        self.products: dict[str, Json] = {}
        self.asked: list[str] = []
        self.troubled = False
        self.port = 0
        self._runner: web.AppRunner | None = None

    @property
    def settings(self) -> dict[str, str]:
        """Where a service finds it, and that nobody waits long for it here."""
        return {
            "CLIENT_TARGETS": f"product-service=http://127.0.0.1:{self.port}",
            "CLIENT_ATTEMPTS": "1",
        }

    def sell(self, cents: int = 1000, currency: str = "EUR", name: str = "shoe") -> str:
        """A new product; the answer is its id."""
        made = str(uuid7())
        self.products[made] = {
            "id": made,
            "sku": f"SKU-{len(self.products) + 1}",
            "name": name,
            "description": "",
            "category_id": None,
            "price": euros(cents, currency),
            "attributes": {},
            "status": "active",
            "version": 1,
        }
        return made

    def change(self, id: str, **changes: object) -> Json:
        """The next version of a product."""
        product = self.products[id]
        self.products[id] = {**product, **changes, "version": product["version"] + 1}
        return self.products[id]

    async def start(self) -> None:
        app = web.Application()
        app.add_routes(
            [web.get("/v1/products", self._list), web.get("/v1/products/{id}", self._get)]
        )
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.01)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _list(self, request: web.Request) -> web.Response:
        self.asked.append(request.path_qs)
        if self.troubled:
            return _problem(500, "internal")
        ids = request.query["ids"].split(",")
        found = [self.products[str(UUID(one))] for one in ids if one in self.products]
        sold = [product for product in found if product["status"] == "active"]
        limit = int(request.query.get("limit", "20"))
        return web.json_response({"items": sold[:limit], "next_cursor": None})

    async def _get(self, request: web.Request) -> web.Response:
        self.asked.append(request.path_qs)
        product = self.products.get(request.match_info["id"])
        if self.troubled:
            return _problem(500, "internal")
        if product is None:
            return _problem(404, "not-found")
        if product["status"] == "archived":
            return _problem(410, "gone")
        return web.json_response(product)


def _problem(status: int, code: str) -> web.Response:
    return web.json_response(
        {"type": f"/problems/{code}", "title": code, "status": status, "code": code},
        status=status,
        content_type="application/problem+json",
    )
