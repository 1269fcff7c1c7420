"""What tests do with the service, in the words of a shop."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final, TypeAlias
from uuid import UUID, uuid4

import asyncpg
from httpx import AsyncClient, Response

from product_service.chassis.application import Application
from product_service.chassis.database import Database
from product_service.chassis.events import Envelope
from product_service.chassis.events.streams import Streams
from product_service.chassis.valkey import Valkey

from tests.chassis.fixtures_auth import bearer, token, until

Json = dict[str, Any]  # Any: JSON
Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

WORKER: Final = "0199b0a0-0000-7000-8000-00000000000a"
NOBODY: Final = "01a20479-f9b2-7720-be2b-e5f01853867d"
# I1 of every product: what is reserved is what active reservations hold, and what is on hand is
# the sum of all movements.
_DRIFT: Final = """
    SELECT product_id FROM inventory WHERE
    on_hand <> (SELECT coalesce(sum(delta), 0) FROM stock_movements AS moved
        WHERE moved.product_id = inventory.product_id)
    OR reserved <> (SELECT coalesce(sum(quantity), 0)
        FROM reservation_lines AS line JOIN reservations ON reservations.id = reservation_id
        WHERE line.product_id = inventory.product_id AND status = 'active')
    OR NOT 0 <= reserved OR NOT reserved <= on_hand
"""


def admin() -> dict[str, str]:
    """The headers of an admin; a token does not outlive all tests, so each request has its own."""
    return bearer(token(roles=["admin"]))


def warehouse() -> dict[str, str]:
    return bearer(token(sub=WORKER, roles=["warehouse"]))


def orders() -> dict[str, str]:
    """Those of order-service."""
    return bearer(token(sub="order-service", roles=["service"]))


class Shop:
    """The running service through its door, and what it has published."""

    def __init__(self, http: AsyncClient, database: Connection, app: Application) -> None:
        self.http = http
        self.database = database
        self.app = app

    @property
    def pool(self) -> Database:
        """What the jobs of the service are given."""
        return self.app.resource(Database)

    async def published(self, name: str) -> list[Json]:
        """The data of all events of this type, the oldest first: `product.created`."""
        rows = await self.database.fetch(
            "SELECT data FROM published WHERE type = $1 ORDER BY seq", f"shop.{name}.v1"
        )
        return [json.loads(row["data"]) for row in rows]

    async def told(self) -> list[tuple[str, int | None]]:
        """The type and the sequence of all events, the oldest first."""
        rows = await self.database.fetch("SELECT type, ext FROM published ORDER BY seq")
        return [
            (row["type"].removeprefix("shop.").removesuffix(".v1"), _sequence(row["ext"]))
            for row in rows
        ]

    async def make(self, **said: object) -> Response:
        """Ask for a new product."""
        usual = {
            "sku": f"sku-{uuid4().hex[:12]}",
            "name": "Mug",
            "price": {"amount": 1200, "currency": "EUR"},
        }
        return await self.http.post("/v1/products", json=usual | said, headers=admin())

    async def product(self, stock: int = 0, **said: object) -> Json:
        """A new product, of which so many are on hand."""
        made: Json = (await self.make(**said)).json()
        if stock:
            await self.adjust(made["id"], stock)
        return made

    async def read(self, product: Json) -> Response:
        return await self.http.get(f"/v1/products/{product['id']}")

    async def change(self, product: Json, version: int = 1, **said: object) -> Response:
        headers = admin() | {"if-match": f'"v{version}"'}
        return await self.http.patch(f"/v1/products/{product['id']}", json=said, headers=headers)

    async def archive(self, product: Json) -> Response:
        return await self.http.delete(f"/v1/products/{product['id']}", headers=admin())

    async def find(self, **query: object) -> Json:
        """A page of the catalogue."""
        response = await self.http.get("/v1/products", params=_text(query))
        assert response.status_code == 200, response.text
        found: Json = response.json()
        return found

    async def names(self, **query: object) -> list[str]:
        """The names on a page of the catalogue."""
        return [one["name"] for one in (await self.find(**query))["items"]]

    async def adjust(
        self, product_id: str, delta: int, reason: str = "counted", **headers: str
    ) -> Response:
        return await self.http.post(
            "/v1/inventory/adjustments",
            json={"product_id": product_id, "delta": delta, "reason": reason},
            headers=warehouse() | headers,
        )

    async def stock(self, product: Json) -> tuple[int, int]:
        """What is on hand, and what of it is reserved."""
        path = f"/v1/products/{product['id']}/availability"
        told = (await self.http.get(path, headers=warehouse())).json()
        return told["on_hand"], told["reserved"]

    async def reserve(
        self, *lines: tuple[Json, int], order_id: str | None = None, seconds: int = 600
    ) -> Response:
        return await self.http.post(
            "/v1/reservations",
            json={
                "order_id": order_id or str(uuid4()),
                "ttl_seconds": seconds,
                "lines": [{"product_id": one["id"], "quantity": count} for one, count in lines],
            },
            headers=orders(),
        )

    async def reserved(self, *lines: tuple[Json, int]) -> Json:
        """A reservation of this."""
        held: Json = (await self.reserve(*lines)).json()
        return held

    async def settle(self, reservation: Json, how: str, **said: object) -> Response:
        """`commit`, `release` or `extend` it."""
        path = f"/v1/reservations/{reservation['id']}/{how}"
        return await self.http.post(path, json=said or None, headers=orders())

    async def status(self, reservation: Json) -> str:
        path = f"/v1/reservations/{reservation['id']}"
        return str((await self.http.get(path, headers=orders())).json()["status"])

    async def let_time_pass(self, reservation: Json) -> None:
        """The time of this reservation is over."""
        await self.database.execute(
            "UPDATE reservations SET expires_at = now() - interval '1 s' WHERE id = $1",
            reservation["id"],
        )

    async def hear(self, *events: Envelope) -> None:
        """Events of other services arrive, and are handled."""
        streams = Streams(
            self.app.resource(Valkey), consumer="neighbours", lease_seconds=6, longest=1_000_000
        )
        for event in events:
            async with streams.sender(event.source) as sender:
                await sender.send([event])
        await until(lambda: self._handled(event.id for event in events), seconds=20)

    async def _handled(self, ids: Iterable[UUID]) -> bool:
        wanted = set(ids)
        query = "SELECT count(*) FROM inbox WHERE event_id = ANY($1)"
        rows: int = await self.database.fetchval(query, wanted)
        return rows == len(wanted)

    async def drift(self) -> list[asyncpg.Record]:
        """The products whose stock is not what the ledger and the reservations say."""
        return await self.database.fetch(_DRIFT)


def _sequence(extensions: str) -> int | None:
    sequence = json.loads(extensions).get("sequence")
    return None if sequence is None else int(sequence)


def _text(query: Json) -> dict[str, str]:
    return {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in query.items()
    }
