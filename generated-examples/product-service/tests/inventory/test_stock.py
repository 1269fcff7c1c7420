"""The stock: what can be bought, and the ledger that it is the sum of."""

import asyncio

import asyncpg
import pytest

from product_service.inventory.service import announce

from tests.shop import NOBODY, WORKER, Json, Shop, warehouse


async def movements(shop: Shop, product: Json, **query: int | str) -> Json:
    path = f"/v1/products/{product['id']}/stock-movements"
    told: Json = (await shop.http.get(path, headers=warehouse(), params=query)).json()
    return told


async def test_a_new_product_has_no_stock(shop: Shop) -> None:
    product = await shop.product()

    told = await shop.http.get(f"/v1/products/{product['id']}/availability")

    assert told.json() == {"available": 0, "state": "out"}


@pytest.mark.parametrize(("stock", "state"), [(1, "low"), (5, "low"), (6, "in_stock")])
async def test_a_customer_is_told_when_there_is_little_left(
    shop: Shop, stock: int, state: str
) -> None:
    product = await shop.product(stock=stock)

    told = await shop.http.get(f"/v1/products/{product['id']}/availability")

    assert told.json() == {"available": stock, "state": state}


async def test_the_staff_sees_what_is_on_hand_and_reserved(shop: Shop) -> None:
    product = await shop.product(stock=8)
    await shop.reserve((product, 5))

    told = await shop.http.get(f"/v1/products/{product['id']}/availability", headers=warehouse())

    assert told.json() == {"available": 3, "state": "low", "on_hand": 8, "reserved": 5}


async def test_what_is_archived_cannot_be_bought(shop: Shop) -> None:
    product = await shop.product(stock=8)
    await shop.archive(product)

    told = await shop.http.get(f"/v1/products/{product['id']}/availability")

    assert told.json() == {"available": 0, "state": "out"}


async def test_an_adjustment_is_a_line_of_the_ledger(shop: Shop) -> None:
    product = await shop.product()

    added = await shop.adjust(product["id"], 10, "delivered")
    await shop.adjust(product["id"], -1, "broken")

    assert added.status_code == 201
    entry = added.json()
    assert (entry["delta"], entry["reason"], entry["actor"]) == (10, "delivered", WORKER)
    assert await shop.stock(product) == (9, 0)
    assert [one["delta"] for one in (await movements(shop, product))["items"]] == [-1, 10]


async def test_the_ledger_is_read_a_page_at_a_time(shop: Shop) -> None:
    product = await shop.product()
    for delta in (1, 2, 3):
        await shop.adjust(product["id"], delta)

    first = await movements(shop, product, limit=2)
    second = await movements(shop, product, limit=2, cursor=first["next_cursor"])

    assert [one["delta"] for one in first["items"] + second["items"]] == [3, 2, 1]
    assert second["next_cursor"] is None


async def test_what_is_reserved_cannot_be_taken_away(shop: Shop) -> None:
    product = await shop.product(stock=5)
    await shop.reserve((product, 3))

    refused = await shop.adjust(product["id"], -3)

    assert (refused.status_code, refused.json()["code"]) == (409, "would-go-negative")
    assert await shop.stock(product) == (5, 3)


async def test_of_many_who_take_the_last_one_away_one_does(shop: Shop) -> None:
    product = await shop.product(stock=1)

    answers = await asyncio.gather(*(shop.adjust(product["id"], -1) for _ in range(10)))

    assert sorted(one.status_code for one in answers) == [201] + [409] * 9
    assert await shop.drift() == []


async def test_an_adjustment_that_is_sent_again_is_made_once(shop: Shop) -> None:
    product = await shop.product()

    first, again = [
        await shop.adjust(product["id"], 7, **{"idempotency-key": "delivery-1"}) for _ in range(2)
    ]

    assert first.json() == again.json()
    assert again.headers["idempotent-replayed"] == "true"
    assert await shop.stock(product) == (7, 0)


async def test_an_adjustment_is_of_a_product_that_exists(shop: Shop) -> None:
    refused = await shop.adjust(NOBODY, 1)

    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/product_id"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE inventory SET on_hand = 1000",
        "UPDATE inventory SET reserved = on_hand + 1",
        "UPDATE inventory SET reserved = -1",
        "UPDATE stock_movements SET delta = 1000",
        "DELETE FROM stock_movements",
        "TRUNCATE stock_movements",
    ],
)
async def test_no_statement_parts_the_stock_from_its_ledger(shop: Shop, statement: str) -> None:
    await shop.product(stock=3)

    with pytest.raises(asyncpg.IntegrityConstraintViolationError):
        await shop.database.execute(statement)


async def test_a_level_is_told_once_however_often_it_changed(shop: Shop) -> None:
    product = await shop.product(stock=10)
    held = [await shop.reserved((product, 2)) for _ in range(3)]
    await announce(shop.pool)
    await announce(shop.pool)

    for one in held:
        await shop.settle(one, "commit")  # what is sold was not free before
    await announce(shop.pool)
    await shop.reserve((product, 4))
    await announce(shop.pool)

    assert await shop.published("inventory.level_changed") == [
        {"product_id": product["id"], "available": 4, "state": "low"},
        {"product_id": product["id"], "available": 0, "state": "out"},
    ]
    told = [one for one in await shop.told() if one[0] == "inventory.level_changed"]
    assert [sequence for _, sequence in told] == [1, 2]
