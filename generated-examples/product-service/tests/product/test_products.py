"""A product: made, read, changed by one at a time, and put into the archive."""

import asyncio

from tests.shop import NOBODY, Shop, admin


async def test_a_product_is_made_and_can_be_read_by_anybody(shop: Shop) -> None:
    made = await shop.make(
        sku="MUG-1",
        name="Mug",
        description="Holds tea.",
        price={"amount": 1200, "currency": "EUR"},
        attributes={"colour": "blue", "millilitres": 300, "dishwasher": True},
    )

    assert made.status_code == 201
    product = made.json()
    read = await shop.http.get(made.headers["location"])
    assert (read.status_code, read.json()) == (200, product)
    assert read.headers["etag"] == made.headers["etag"] == '"v1"'
    assert product["attributes"] == {"colour": "blue", "millilitres": 300, "dishwasher": True}
    assert (product["status"], product["version"], product["category_id"]) == ("active", 1, None)


async def test_the_others_are_told_of_a_new_product(shop: Shop) -> None:
    product = await shop.product(sku="MUG-1")

    assert await shop.published("product.created") == [
        {
            "product_id": product["id"],
            "sku": "MUG-1",
            "name": "Mug",
            "price": {"amount": 1200, "currency": "EUR"},
            "status": "active",
            "version": 1,
        }
    ]


async def test_a_sku_belongs_to_one_product(shop: Shop) -> None:
    await shop.product(sku="MUG-1")
    other = await shop.product(sku="MUG-2")

    again = await shop.make(sku="MUG-1")
    renamed = await shop.change(other, sku="MUG-1")

    assert [one.json()["code"] for one in (again, renamed)] == ["sku-taken", "sku-taken"]
    assert [one.status_code for one in (again, renamed)] == [409, 409]


async def test_nothing_is_for_free(shop: Shop) -> None:
    refused = await shop.make(price={"amount": 0, "currency": "EUR"})

    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/price/amount"


async def test_whoever_has_the_version_is_sent_nothing(shop: Shop) -> None:
    product = await shop.product()

    same = await shop.http.get(f"/v1/products/{product['id']}", headers={"if-none-match": '"v1"'})

    assert (same.status_code, same.content) == (304, b"")


async def test_a_change_is_the_next_version_and_is_told(shop: Shop) -> None:
    product = await shop.product()
    await shop.read(product)

    changed = await shop.change(product, name="Cup", description="Holds coffee.")

    assert (changed.status_code, changed.headers["etag"]) == (200, '"v2"')
    assert (await shop.read(product)).json() == changed.json()
    assert changed.json()["name"] == "Cup"
    assert await shop.told() == [("product.created", 1), ("product.updated", 2)]


async def test_a_new_price_is_told_besides(shop: Shop) -> None:
    product = await shop.product()

    await shop.change(product, price={"amount": 999, "currency": "EUR"})

    assert await shop.published("product.price_changed") == [
        {
            "product_id": product["id"],
            "old": {"amount": 1200, "currency": "EUR"},
            "new": {"amount": 999, "currency": "EUR"},
            "version": 2,
        }
    ]
    assert (await shop.published("product.updated"))[0]["price"]["amount"] == 999


async def test_a_change_to_what_is_so_already_is_none(shop: Shop) -> None:
    product = await shop.product()

    same = await shop.change(product, name="Mug")

    assert (same.status_code, same.json()) == (200, product)
    assert await shop.told() == [("product.created", 1)]


async def test_of_two_who_change_the_same_version_the_second_is_told(shop: Shop) -> None:
    product = await shop.product()

    answers = await asyncio.gather(*(shop.change(product, name=name) for name in ("Cup", "Pot")))

    assert sorted(one.status_code for one in answers) == [200, 412]
    assert len(await shop.published("product.updated")) == 1


async def test_a_change_names_the_version_that_was_read(shop: Shop) -> None:
    product = await shop.product()

    refused = await shop.http.patch(f"/v1/products/{product['id']}", json={}, headers=admin())

    assert (refused.status_code, refused.json()["code"]) == (428, "if-match-required")


async def test_a_product_has_a_category_that_exists_and_may_lose_it(shop: Shop) -> None:
    said = {"slug": "kitchen", "name": "Kitchen"}
    kitchen = (await shop.http.post("/v1/categories", json=said, headers=admin())).json()["id"]

    unknown = await shop.make(category_id=NOBODY)
    product = await shop.product(category_id=kitchen)
    without = await shop.change(product, category_id=None)

    assert unknown.json()["errors"][0]["pointer"] == "/category_id"
    assert (product["category_id"], without.json()["category_id"]) == (kitchen, None)


async def test_an_archived_product_is_gone_for_good(shop: Shop) -> None:
    product = await shop.product(sku="MUG-1")
    await shop.read(product)

    archived = await shop.archive(product)

    assert archived.status_code == 204
    assert (await shop.read(product)).status_code == 410
    assert (await shop.change(product, version=2, name="Cup")).status_code == 410
    assert await shop.published("product.archived") == [
        {"product_id": product["id"], "sku": "MUG-1", "version": 2}
    ]


async def test_an_archived_product_can_be_archived_again(shop: Shop) -> None:
    product = await shop.product()
    await shop.archive(product)

    again = await shop.archive(product)

    assert again.status_code == 204
    assert len(await shop.published("product.archived")) == 1


async def test_only_the_version_that_was_read_is_archived(shop: Shop) -> None:
    product = await shop.product()
    await shop.change(product, name="Cup")

    refused = await shop.http.delete(
        f"/v1/products/{product['id']}", headers=admin() | {"if-match": '"v1"'}
    )

    assert (refused.status_code, (await shop.read(product)).status_code) == (412, 200)


async def test_a_product_that_nobody_made_is_not_found(shop: Shop) -> None:
    assert (await shop.read({"id": NOBODY})).json()["code"] == "not-found"
