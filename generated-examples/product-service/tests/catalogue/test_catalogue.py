"""The catalogue: listed, filtered, sorted, a page at a time."""

import pytest

from product_service.catalogue.models import CatalogueQuery, Sort
from product_service.chassis import paging

from tests.shop import NOBODY, Json, Shop, admin


def euros(amount: int) -> Json:
    return {"amount": amount, "currency": "EUR"}


async def test_the_newest_come_first(shop: Shop) -> None:
    for name in ("Mug", "Pot", "Cup"):
        await shop.product(name=name)

    assert await shop.names() == ["Cup", "Pot", "Mug"]


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("price", ["Mug", "Bowl", "Pot"]),
        ("-price", ["Pot", "Bowl", "Mug"]),
        ("name", ["Bowl", "Mug", "Pot"]),
        ("newest", ["Bowl", "Pot", "Mug"]),
        ("relevance", ["Bowl", "Pot", "Mug"]),
    ],
)
async def test_a_list_is_sorted_and_no_page_repeats_or_misses_any(
    shop: Shop, sort: str, expected: list[str]
) -> None:
    for name, price in (("Mug", 500), ("Pot", 1500), ("Bowl", 900)):
        await shop.product(name=name, price=euros(price))

    first = await shop.find(sort=sort, limit=2)
    second = await shop.find(sort=sort, limit=2, cursor=first["next_cursor"])

    assert [one["name"] for one in first["items"] + second["items"]] == expected
    assert second["next_cursor"] is None


async def test_equal_prices_are_no_obstacle_to_paging(shop: Shop) -> None:
    made = {(await shop.product())["id"] for _ in range(3)}

    first = await shop.find(sort="price", limit=1)
    second = await shop.find(sort="price", limit=1, cursor=first["next_cursor"])
    third = await shop.find(sort="price", limit=1, cursor=second["next_cursor"])

    assert {page["items"][0]["id"] for page in (first, second, third)} == made


async def test_a_cursor_is_good_for_its_own_list_only(shop: Shop) -> None:
    for _ in range(2):
        await shop.product()
    cursor = (await shop.find(limit=1))["next_cursor"]

    other = await shop.http.get("/v1/products", params={"limit": 1, "cursor": cursor, "q": "mug"})

    assert (other.status_code, other.json()["code"]) == (400, "invalid-cursor")


@pytest.mark.parametrize(
    ("sort", "key"),
    [
        ("name", ""),
        ("name", "mug"),
        ("name", f"?{NOBODY}Mug"),
        ("price", f"={NOBODY}cheap"),
        ("price", f"={NOBODY}{10**30}"),
        ("newest", f"={NOBODY}2026-02-30"),
    ],
)
async def test_a_cursor_that_somebody_made_up_is_no_place(shop: Shop, sort: str, key: str) -> None:
    made_up = paging.encode(CatalogueQuery(sort=Sort(sort)).scope, key)

    refused = await shop.http.get("/v1/products", params={"sort": sort, "cursor": made_up})

    assert (refused.status_code, refused.json()["code"]) == (400, "invalid-cursor")


async def test_the_longest_name_is_a_place_as_well(shop: Shop) -> None:
    for _ in range(2):
        await shop.product(name="𝄞" * 200)
    cursor = (await shop.find(sort="name", limit=1))["next_cursor"]

    assert len((await shop.find(sort="name", cursor=cursor))["items"]) == 1


async def test_prices_have_bounds(shop: Shop) -> None:
    for name, price in (("Mug", 500), ("Bowl", 900), ("Pot", 1500)):
        await shop.product(name=name, price=euros(price))
    await shop.product(name="Kettle", price={"amount": 900, "currency": "CHF"})

    assert await shop.names(min_price=501, max_price=1500, sort="name", currency="EUR") == [
        "Bowl",
        "Pot",
    ]
    assert await shop.names(max_price=900, sort="name") == ["Bowl", "Kettle", "Mug"]


async def test_only_what_can_be_bought_now_is_in_stock(shop: Shop) -> None:
    await shop.product(name="Mug", stock=1)
    await shop.reserve((await shop.product(name="Pot", stock=1), 1))
    await shop.product(name="Cup")

    assert await shop.names(in_stock=True) == ["Mug"]
    assert await shop.names(in_stock=False) == ["Cup", "Pot"]


async def test_a_category_has_its_products(shop: Shop) -> None:
    said = {"slug": "kitchen", "name": "Kitchen"}
    kitchen = (await shop.http.post("/v1/categories", json=said, headers=admin())).json()
    await shop.product(name="Pot", category_id=kitchen["id"])
    await shop.product(name="Spade")

    assert await shop.names(category="kitchen") == ["Pot"]
    assert await shop.names(category="garden") == []


async def test_what_is_archived_is_listed_by_its_id_only(shop: Shop) -> None:
    mug, pot = await shop.product(name="Mug"), await shop.product(name="Pot")
    await shop.archive(pot)

    asked = await shop.find(ids=f"{mug['id']},{pot['id']},{NOBODY}", sort="name")

    assert [one["status"] for one in asked["items"]] == ["active", "archived"]
    assert await shop.names() == ["Mug"]


@pytest.mark.parametrize("ids", [",".join([NOBODY] * 51), "mug", ""])
async def test_ids_are_fifty_at_most(shop: Shop, ids: str) -> None:
    refused = await shop.http.get("/v1/products", params={"ids": ids})

    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/ids")
