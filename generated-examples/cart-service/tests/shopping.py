"""People who fill carts, and services that speak, as tests need them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias
from uuid import UUID

import asyncpg
from httpx import AsyncClient, Response

from cart_service.chassis.application import Application
from cart_service.chassis.database import Database
from cart_service.chassis.events import Envelope
from cart_service.chassis.events.streams import Streams
from cart_service.chassis.identifiers import uuid7
from cart_service.chassis.valkey import Valkey

from tests.catalogue import Catalogue, Json
from tests.chassis.fixtures_auth import bearer, token, until

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Headers = Mapping[str, str]

ROOT = "/v1/carts"
AS_SERVICE: Headers = bearer(token(sub="order-service", roles=["service"]))


def customer() -> tuple[str, Headers]:
    """The id of a new user, and the headers of the requests."""
    subject = str(uuid7())
    return subject, bearer(token(sub=subject, roles=["customer"], sid=str(uuid7())))


@dataclass(frozen=True)
class Shopper:
    """Somebody with an open cart."""

    cart: str
    headers: Headers
    user_id: str | None = None
    guest_token: str | None = None

    @property
    def place(self) -> str:
        return f"{ROOT}/{self.cart}"


class Service:
    """The running service through its doors, what it published, and the catalogue beside it."""

    def __init__(
        self, http: AsyncClient, database: Connection, app: Application, catalogue: Catalogue
    ) -> None:
        self.http = http
        self.database = database
        self.app = app
        self.catalogue = catalogue

    @property
    def use_cases(self) -> Database:
        """The database as the service's own jobs get it."""
        return self.app.resource(Database)

    async def user(self) -> Shopper:
        """A customer with an empty cart."""
        subject, headers = customer()
        opened = await self.http.post(ROOT, headers=headers)
        return Shopper(opened.json()["id"], headers, user_id=subject)

    async def guest(self) -> Shopper:
        """Somebody unknown with an empty cart."""
        opened = (await self.http.post(ROOT)).json()
        token = opened["guest_token"]
        return Shopper(opened["id"], {"x-cart-token": token}, guest_token=token)

    async def add(
        self, shopper: Shopper, product: str, quantity: int = 1, **headers: str
    ) -> Response:
        return await self.http.post(
            f"{shopper.place}/items",
            json={"product_id": product, "quantity": quantity},
            headers={**shopper.headers, **_named(headers)},
        )

    async def keep(self, shopper: Shopper, product: str, quantity: int, **headers: str) -> Response:
        return await self.http.put(
            f"{shopper.place}/items/{product}",
            json={"quantity": quantity},
            headers={**shopper.headers, **_named(headers)},
        )

    async def remove(self, shopper: Shopper, product: str, **headers: str) -> Response:
        sent = {**shopper.headers, **_named(headers)}
        return await self.http.delete(f"{shopper.place}/items/{product}", headers=sent)

    async def read(self, shopper: Shopper, **headers: str) -> Response:
        return await self.http.get(shopper.place, headers={**shopper.headers, **_named(headers)})

    async def held(self, shopper: Shopper) -> dict[str, int]:
        """How many of which product lie in the cart."""
        cart = (await self.read(shopper)).json()
        return {line["product_id"]: line["quantity"] for line in cart["lines"]}

    async def quote(self, shopper: Shopper) -> Response:
        return await self.http.get(f"{shopper.place}/quote", headers=shopper.headers)

    async def merge(self, user: Shopper, guest_token: str | None) -> Response:
        said = {"guest_token": guest_token}
        return await self.http.post(f"{ROOT}/merge", json=said, headers=user.headers)

    async def published(self, name: str) -> list[Json]:
        """The data of all events of this type, the oldest first: `cart.merged`."""
        rows = await self.database.fetch(
            "SELECT data FROM published WHERE type = $1 ORDER BY seq", f"shop.{name}.v1"
        )
        return [json.loads(row["data"]) for row in rows]

    async def hear(self, *events: Envelope) -> None:
        """Events of other services arrive, and are handled."""
        streams = Streams(
            self.app.resource(Valkey), consumer="neighbours", lease_seconds=6, longest=1_000_000
        )
        for event in events:
            async with streams.sender(event.source) as sender:
                await sender.send([event])
        await self._until_handled([event.id for event in events])

    async def _until_handled(self, ids: Sequence[UUID]) -> None:
        query = "SELECT count(*) FROM inbox WHERE event_id = ANY($1)"

        async def handled() -> bool:
            rows: int = await self.database.fetchval(query, ids)
            return rows == len(set(ids))

        await until(handled, seconds=20)


def event(source: str, name: str, subject: str, data: Json, sequence: int = 1) -> Envelope:
    """What a service of this name says: `order.paid`."""
    return Envelope(
        id=uuid7(),
        source=source,
        type=f"shop.{name}.v1",
        subject=subject,
        time=datetime.now(UTC),
        data=json.dumps(data).encode(),
        sequence=sequence,
    )


def paid(shopper: Shopper, lines: Mapping[str, int], order: str | None = None) -> Envelope:
    """An order of so many of these products was paid."""
    order = order or str(uuid7())
    data: Json = {
        "order_id": order,
        "number": "A-1",
        "user_id": shopper.user_id,
        "cart_id": shopper.cart,
        "payment_id": str(uuid7()),
        "amount": {"amount": 1000, "currency": "EUR"},
        "lines": [
            {"product_id": product, "quantity": quantity, "sku": "SKU", "name": "shoe"}
            for product, quantity in lines.items()
        ],
    }
    return event("order-service", "order.paid", order, data)


def told_of(product: Json, name: str = "product.updated") -> Envelope:
    """What product-service says of a product."""
    data = {**product, "product_id": product["id"]}
    return event("product-service", name, product["id"], data, product["version"])


def _named(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}
