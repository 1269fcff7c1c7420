"""What the tests do with a running order-service, through its doors."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeAlias
from uuid import uuid4

import aiohttp
import asyncpg
from httpx import AsyncClient, Response

from order_service.chassis.application import Application
from order_service.chassis.identifiers import uuid7

from tests.chassis.fixtures_auth import bearer, token
from tests.neighbours import Json, Neighbours

ORDERS = "/v1/orders"
Connections: TypeAlias = "asyncpg.Pool[asyncpg.Record]"


@dataclass(frozen=True)
class Person:
    """Somebody with a token."""

    roles: tuple[str, ...] = ("customer",)
    id: str = field(default_factory=lambda: str(uuid7()))

    @property
    def headers(self) -> dict[str, str]:
        return bearer(token(sub=self.id, roles=list(self.roles)))


SUPPORT, WAREHOUSE, ADMIN = Person(("support",)), Person(("warehouse",)), Person(("admin",))


class Shop:
    """The service through its door, its neighbours, the payment provider, and what was told."""

    def __init__(
        self,
        http: AsyncClient,
        app: Application,
        database: Connections,
        neighbours: Neighbours,
        fakepay: aiohttp.ClientSession,
    ) -> None:
        self.http = http
        self.app = app
        self.database = database
        self.neighbours = neighbours
        self.fakepay = fakepay

    def wants(self, who: Person, method: str = "ok", **cart: int) -> Json:
        """What a customer says to order a new cart."""
        quote = self.neighbours.cart(who.id, **cart)
        return {
            "cart_id": quote["cart_id"],
            "cart_version": quote["cart_version"],
            "address_id": self.neighbours.address(who.id),
            "payment_method": method,
            "expected_total": quote["expected_total"],
        }

    async def place(self, who: Person, said: Json, key: str | None = None) -> Response:
        headers = {**who.headers, "idempotency-key": key or str(uuid4())}
        return await self.http.post(ORDERS, json=said, headers=headers)

    async def placed(self, who: Person, method: str = "ok", **cart: int) -> str:
        """The id of a new order."""
        answer = await self.place(who, self.wants(who, method, **cart))
        assert answer.status_code in (201, 202), answer.text
        return answer.headers["location"].rpartition("/")[2]

    async def paid(self, who: Person, **cart: int) -> str:
        """The id of a new order that is paid."""
        return await self.paid_with(who, "ok", **cart)

    async def paid_with(self, who: Person, method: str, **cart: int) -> str:
        order = await self.placed(who, method, **cart)
        await self.until(who, order, "paid")
        return order

    async def read(self, who: Person, order: str) -> Json:
        answer = await self.http.get(f"{ORDERS}/{order}", headers=who.headers)
        assert answer.status_code == 200, answer.text
        document: Json = answer.json()
        return document

    async def post(self, who: Person, path: str, said: Json | None = None) -> Response:
        headers = {**who.headers, "idempotency-key": str(uuid4())}
        return await self.http.post(f"{ORDERS}/{path}", json=said or {}, headers=headers)

    async def until(self, who: Person, order: str, status: str) -> Json:
        """The order once it has this status, at most a minute from now."""

        async def reached() -> bool:
            query = "SELECT status FROM orders WHERE id = $1"
            return bool(await self.database.fetchval(query, order) == status)

        await until(reached)
        return await self.read(who, order)

    async def until_settled(self) -> None:
        """Wait until no saga has anything to do."""

        async def settled() -> bool:
            left = await self.database.fetchval("SELECT count(*) FROM sagas WHERE step <> 'done'")
            return bool(left == 0)

        await until(settled)

    async def until_step(self, order: str, step: str) -> None:
        async def reached() -> bool:
            query = "SELECT step FROM sagas WHERE id = $1"
            return bool(await self.database.fetchval(query, order) == step)

        await until(reached)

    async def told(self, order: str) -> list[str]:
        """The kinds of events about this order, in their order: `created`, …"""
        rows = await self.database.fetch(
            "SELECT type FROM published WHERE subject = $1 ORDER BY seq", order
        )
        return [row["type"].removeprefix("shop.order.").removesuffix(".v1") for row in rows]

    async def said(self, order: str, kind: str) -> list[Json]:
        """The data of all events of this kind about this order."""
        rows = await self.database.fetch(
            "SELECT data FROM published WHERE subject = $1 AND type = $2 ORDER BY seq",
            order,
            f"shop.order.{kind}.v1",
        )
        return [json.loads(row["data"]) for row in rows]

    async def books(self, order: str) -> tuple[int, int]:
        """What the provider took for an order, and what it gave back."""
        async with self.fakepay.get("_fakepay/ledger") as answer:
            intents = (await answer.json())["payment_intents"]
        ours = [one for one in intents if one["metadata"]["order_id"] == order]
        return (
            sum(one["amount_received"] for one in ours),
            sum(one["amount_refunded"] for one in ours),
        )

    async def authenticate(self, order: str) -> None:
        """The customer does what the provider required."""
        intent = await self.database.fetchval(
            "SELECT provider_id FROM payments WHERE order_id = $1 ORDER BY attempt DESC", order
        )
        path = f"_fakepay/payment_intents/{intent}/authenticate"
        async with self.fakepay.post(path) as answer:
            assert answer.status == 200


ShopOf = Callable[[AsyncClient, Application], Shop]


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Wait until this is true; raises TimeoutError after a minute."""
    async with asyncio.timeout(60):
        while not await condition():  # noqa: ASYNC110 - what is waited for is elsewhere
            await asyncio.sleep(0.02)
