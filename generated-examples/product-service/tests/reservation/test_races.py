"""What many do at once to the same stock, on a real PostgreSQL."""

import asyncio
import random
from collections import Counter
from uuid import uuid4

from product_service.reservation.service import expire

from tests.shop import Shop


async def test_of_a_hundred_buyers_of_one_unit_exactly_one_gets_it(shop: Shop) -> None:
    mug = await shop.product(stock=1)

    answers = await asyncio.gather(*(shop.reserve((mug, 1)) for _ in range(100)))

    assert Counter(one.status_code for one in answers) == {201: 1, 409: 99}
    assert await shop.stock(mug) == (1, 1)
    assert await shop.drift() == []


async def test_orders_of_the_same_products_in_any_order_do_not_wait_for_each_other(
    shop: Shop,
) -> None:
    products = [await shop.product(stock=1000) for _ in range(5)]
    shuffled = random.Random(7)
    orders = [shuffled.sample(products, k=5) for _ in range(60)]

    answers = await asyncio.gather(
        *(shop.reserve(*((product, 1) for product in order)) for order in orders)
    )

    assert {one.status_code for one in answers} == {201}
    assert [await shop.stock(one) for one in products] == [(1000, 60)] * 5
    deadlocks = await shop.database.fetchval(
        "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    )
    assert deadlocks == 0


async def test_an_order_that_asks_many_times_at_once_is_held_once(shop: Shop) -> None:
    mug, order = await shop.product(stock=10), str(uuid4())

    answers = await asyncio.gather(*(shop.reserve((mug, 3), order_id=order) for _ in range(10)))

    assert Counter(one.status_code for one in answers) == {201: 1, 200: 9}
    assert len({one.json()["id"] for one in answers}) == 1
    assert await shop.stock(mug) == (10, 3)


async def test_of_commit_and_release_at_once_one_wins(shop: Shop) -> None:
    mug = await shop.product(stock=20)
    held = [await shop.reserved((mug, 1)) for _ in range(20)]

    answers = await asyncio.gather(
        *(shop.settle(one, how) for one in held for how in ("commit", "release"))
    )

    pairs = zip(answers[::2], answers[1::2], strict=True)
    assert all(sorted(one.status_code for one in pair) == [200, 409] for pair in pairs)
    assert await shop.drift() == []
    settled = (
        await shop.published("inventory.committed"),
        await shop.published("inventory.released"),
    )
    assert sum(map(len, settled)) == 20


async def test_buying_paying_and_expiring_at_once_keeps_the_books(shop: Shop) -> None:
    products = [await shop.product(stock=12) for _ in range(3)]
    held = [await shop.reserved(*((one, 1) for one in products)) for _ in range(10)]
    for one in held[::2]:
        await shop.let_time_pass(one)

    answers, *_ = await asyncio.gather(
        asyncio.gather(*(shop.settle(one, "commit") for one in held)),
        asyncio.gather(*(shop.reserve(*((one, 1) for one in products[::-1])) for _ in range(10))),
        asyncio.gather(*(expire(shop.pool) for _ in range(4))),
        asyncio.gather(*(shop.adjust(one["id"], 1) for one in products)),
    )

    assert Counter(one.status_code for one in answers) == {200: 5, 409: 5}
    assert await shop.drift() == []
    states = await shop.database.fetch("SELECT status, count(*) FROM reservations GROUP BY 1")
    assert dict(map(tuple, states))["expired"] == 5
    assert len(await shop.published("inventory.released")) == 5
