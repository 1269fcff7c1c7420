"""A replica is killed between a call and what it would have saved of it; another one goes on."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from uuid import uuid4

import httpx
import pytest

from order_service.chassis.application import Application

from tests.chassis.fixtures_service import client_for
from tests.neighbours import Json
from tests.shop import ORDERS, SUPPORT, Person, Shop, ShopOf, until

CreateApp = Callable[[], Application]


class Replica:
    """The service as a process of its own, to be killed at a point of its code."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        command = [sys.executable, "-m", "order_service"]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)

    async def listening(self) -> None:
        async with httpx.AsyncClient(base_url=self.url) as http:

            async def answers() -> bool:
                try:
                    return (await http.get("/health/live")).status_code == 200
                except httpx.TransportError:
                    return False

            await until(answers)

    async def die_at(self, point: str) -> None:
        async with httpx.AsyncClient(base_url=self.url) as http:
            assert (await http.put("/_chaos", json={"crash_at": point})).status_code == 200

    async def post(self, who: Person, path: str, said: Json) -> None:
        """Ask for something, whether or not it lives to answer."""
        headers = {**who.headers, "idempotency-key": str(uuid4())}
        async with httpx.AsyncClient(base_url=self.url, timeout=60) as http:
            try:
                await http.post(path, json=said, headers=headers)
            except httpx.TransportError:
                return

    async def dead(self) -> None:
        assert await asyncio.to_thread(self.process.wait, 60) == -9


@pytest.fixture
async def replica(shop_environment: pytest.MonkeyPatch, port: int) -> AsyncIterator[Replica]:
    shop_environment.setenv("SAGA_LEASE_SECONDS", "1")
    replica = Replica(port)
    await replica.listening()
    yield replica
    replica.process.kill()
    replica.process.wait()


@pytest.fixture
async def unserved(replica: Replica, create_app: CreateApp, shop_of: ShopOf) -> AsyncIterator[Shop]:
    """The shop while nobody serves it but the replica."""
    async with httpx.AsyncClient(base_url=replica.url) as http:
        yield shop_of(http, create_app())


@pytest.mark.parametrize("step", ["snapshot", "reserve", "pay", "settle", "commit"])
async def test_an_order_is_paid_once_whatever_step_kills_its_replica(
    replica: Replica, unserved: Shop, create_app: CreateApp, ada: Person, step: str
) -> None:
    await replica.die_at(f"saga.{step}.asked")
    await replica.post(ada, ORDERS, unserved.wants(ada))
    await replica.dead()
    order = str(await unserved.database.fetchval("SELECT id FROM orders"))

    async with client_for(create_app()):
        await unserved.until(ada, order, "paid")
        await unserved.until_settled()

    assert await unserved.books(order) == (4488, 0)
    assert await unserved.told(order) == ["created", "awaiting_payment", "paid"]
    assert [one["status"] for one in unserved.neighbours.reservations.values()] == ["committed"]


@pytest.mark.parametrize("step", ["void", "release"])
async def test_a_cancelled_order_leaves_nothing_whatever_step_kills_its_replica(
    replica: Replica, unserved: Shop, create_app: CreateApp, ada: Person, step: str
) -> None:
    await replica.post(ada, ORDERS, unserved.wants(ada, "requires_action"))
    order = str(await unserved.database.fetchval("SELECT id FROM orders"))

    await replica.die_at(f"saga.{step}.asked")
    await replica.post(ada, f"{ORDERS}/{order}/cancel", {})
    await replica.dead()

    async with client_for(create_app()):
        await unserved.until_settled()

    assert await unserved.told(order) == ["created", "awaiting_payment", "cancelled"]
    payment = await unserved.database.fetchval("SELECT status FROM payments")
    assert (payment, await unserved.books(order)) == ("cancelled", (0, 0))
    assert unserved.neighbours.reservation_of(order)["status"] == "released"


async def test_a_refund_is_sent_once_though_its_replica_was_killed(
    replica: Replica, unserved: Shop, create_app: CreateApp, ada: Person
) -> None:
    await replica.post(ada, ORDERS, unserved.wants(ada))
    order = str(await unserved.database.fetchval("SELECT id FROM orders"))
    await unserved.until(ada, order, "paid")

    await replica.die_at("saga.refund.asked")
    said = {"amount": {"amount": 1000, "currency": "EUR"}, "reason": "a scratch"}
    await replica.post(SUPPORT, f"{ORDERS}/{order}/refunds", said)
    await replica.dead()

    async with client_for(create_app()):
        await unserved.until(ada, order, "paid")

    assert await unserved.books(order) == (4488, 1000)
