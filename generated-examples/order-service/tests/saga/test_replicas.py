"""Several replicas of the service, and one that stops."""

import asyncio
from collections.abc import Callable

import pytest

from order_service.chassis.application import Application

from tests.chassis.fixtures_service import client_for
from tests.shop import Person, Shop, ShopOf, until


async def test_two_replicas_share_the_work_and_do_none_of_it_twice(
    shop: Shop, create_app: Callable[[], Application], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORT", "0")
    async with client_for(create_app()):
        people = [Person() for _ in range(10)]
        orders = await asyncio.gather(*(shop.paid(one) for one in people))

    assert [await shop.books(order) for order in orders] == [(4488, 0)] * 10
    assert shop.neighbours.asked["product-service commit"] == 10


async def test_a_replica_that_stops_gives_back_what_it_has_in_hand(
    shop_environment: pytest.MonkeyPatch,
    shop_of: ShopOf,
    create_app: Callable[[], Application],
    ada: Person,
) -> None:
    shop_environment.setenv("SAGA_STOP_SECONDS", "0")
    shop_environment.setenv("SAGA_LEASE_SECONDS", "600")
    shop_environment.setenv("ORDER_ANSWER_SECONDS", "0.1")
    app = create_app()
    async with client_for(app) as http:
        shop = shop_of(http, app)
        shop.neighbours.silent.add("product-service")
        await shop.placed(ada)

        async def in_hand() -> bool:
            return shop.neighbours.asked["product-service reservations"] >= 2

        await until(in_hand)

    assert await shop.database.fetchval("SELECT lease_owner FROM sagas") is None
    assert await shop.database.fetchval("SELECT step FROM sagas") == "reserve"
