"""What is put into a cart and taken out of it, within limits, by many at once."""

import asyncio
from collections import Counter

import pytest

from cart_service.chassis.identifiers import uuid7

from tests.catalogue import euros
from tests.shopping import Service, Shopper, told_of


@pytest.fixture
async def user(service: Service) -> Shopper:
    return await service.user()


async def test_an_added_product_lies_in_the_cart_with_its_price(
    service: Service, user: Shopper
) -> None:
    product = service.catalogue.sell(1999, name="boots")

    added = await service.add(user, product, 2)

    assert added.status_code == 200
    assert added.json()["lines"] == [
        {
            "product_id": product,
            "sku": "SKU-1",
            "name": "boots",
            "quantity": 2,
            "unit_price": euros(1999),
            "line_total": euros(3998),
            "price_changed_from": None,
            "unavailable": False,
        }
    ]
    assert added.json()["total"] == euros(3998)
    assert added.json() == (await service.read(user)).json()


async def test_a_second_add_of_a_product_is_more_of_it(service: Service, user: Shopper) -> None:
    product = service.catalogue.sell()

    first = await service.add(user, product, 2)
    second = await service.add(user, product, 3)

    assert await service.held(user) == {product: 5}
    assert first.headers["etag"] != second.headers["etag"]


async def test_a_hundred_adds_at_once_are_all_kept(service: Service, user: Shopper) -> None:
    products = [service.catalogue.sell() for _ in range(5)]

    added = await asyncio.gather(
        *(service.add(user, products[number % 5]) for number in range(100))
    )

    assert Counter(answer.status_code for answer in added) == {200: 100}
    assert await service.held(user) == dict.fromkeys(products, 20)
    assert (await service.read(user)).json()["version"] == 101


async def test_an_add_that_is_sent_twice_with_one_key_is_done_once(
    service: Service, user: Shopper
) -> None:
    product = service.catalogue.sell()

    first = await service.add(user, product, idempotency_key="once")
    again = await service.add(user, product, idempotency_key="once")

    assert await service.held(user) == {product: 1}
    assert again.json() == first.json()
    assert again.headers["etag"] == first.headers["etag"]
    assert again.headers["idempotent-replayed"] == "true"


async def test_of_many_adds_at_once_with_one_key_one_is_done(
    service: Service, user: Shopper
) -> None:
    product = service.catalogue.sell()

    answers = await asyncio.gather(
        *(service.add(user, product, idempotency_key="once") for _ in range(10))
    )

    assert {answer.status_code for answer in answers} <= {200, 409}
    assert await service.held(user) == {product: 1}


async def test_a_key_that_comes_with_another_product_is_refused(
    service: Service, user: Shopper
) -> None:
    await service.add(user, service.catalogue.sell(), idempotency_key="once")

    refused = await service.add(user, service.catalogue.sell(), idempotency_key="once")

    assert (refused.status_code, refused.json()["code"]) == (422, "idempotency-key-reused")


async def test_a_key_of_somebody_elses_cart_tells_nothing(service: Service, user: Shopper) -> None:
    product, stranger = service.catalogue.sell(), await service.guest()
    await service.add(user, product, idempotency_key="once")

    theirs = Shopper(user.cart, stranger.headers)
    refused = await service.add(theirs, product, idempotency_key="once")

    assert refused.status_code == 404


@pytest.mark.parametrize("quantity", [0, -1, 100])
async def test_a_quantity_beyond_the_limits_is_not_added(
    service: Service, user: Shopper, quantity: int
) -> None:
    refused = await service.add(user, service.catalogue.sell(), quantity)

    assert (refused.status_code, refused.json()["code"]) == (422, "quantity-limit")
    assert refused.json()["errors"][0]["pointer"] == "/quantity"


async def test_ninety_nine_of_a_product_are_the_most(service: Service, user: Shopper) -> None:
    product = service.catalogue.sell()
    assert (await service.add(user, product, 99)).status_code == 200

    refused = await service.add(user, product)

    assert (refused.status_code, refused.json()["code"]) == (422, "quantity-limit")
    assert await service.held(user) == {product: 99}


async def test_fifty_different_products_are_the_most(service: Service, user: Shopper) -> None:
    products = [service.catalogue.sell() for _ in range(50)]
    await asyncio.gather(*(service.add(user, product) for product in products))

    refused = await service.add(user, service.catalogue.sell())
    more = await service.add(user, products[0])

    assert (refused.status_code, refused.json()["code"]) == (422, "quantity-limit")
    assert more.status_code == 200


@pytest.mark.parametrize("quantity", ["2", 2.0, True, None])
async def test_what_is_no_whole_number_is_no_quantity(
    service: Service, user: Shopper, quantity: object
) -> None:
    refused = await service.http.post(
        f"{user.place}/items",
        json={"product_id": service.catalogue.sell(), "quantity": quantity},
        headers=user.headers,
    )

    assert (refused.status_code, refused.json()["code"]) == (422, "validation-failed")
    assert refused.json()["errors"][0]["pointer"] == "/quantity"


async def test_a_product_that_nobody_sells_is_unavailable(service: Service, user: Shopper) -> None:
    archived = service.catalogue.sell()
    service.catalogue.change(archived, status="archived")

    answers = [await service.add(user, archived), await service.add(user, str(uuid7()))]

    assert [answer.status_code for answer in answers] == [409, 409]
    assert {answer.json()["code"] for answer in answers} == {"product-unavailable"}


async def test_a_product_in_another_currency_is_unavailable_to_this_cart(
    service: Service, user: Shopper
) -> None:
    await service.add(user, service.catalogue.sell(1000, "EUR"))

    refused = await service.add(user, service.catalogue.sell(1000, "JPY"))

    assert (refused.status_code, refused.json()["code"]) == (409, "product-unavailable")
    assert "JPY" in refused.json()["detail"]


async def test_a_known_product_is_added_while_product_service_is_away(
    service: Service, user: Shopper
) -> None:
    product = service.catalogue.sell()
    await service.hear(told_of(service.catalogue.products[product], "product.created"))
    await service.catalogue.stop()

    added = await service.add(user, product)

    assert (added.status_code, service.catalogue.asked) == (200, [])


async def test_an_unknown_product_cannot_be_added_while_product_service_is_away(
    service: Service, user: Shopper
) -> None:
    await service.catalogue.stop()

    refused = await service.add(user, service.catalogue.sell())

    assert (refused.status_code, refused.json()["code"]) == (503, "dependency-unavailable")
    assert int(refused.headers["retry-after"]) >= 1


async def test_a_quantity_is_set(service: Service, user: Shopper) -> None:
    product = service.catalogue.sell()
    await service.add(user, product, 5)

    changed = await service.keep(user, product, 2)

    assert changed.status_code == 200
    assert await service.held(user) == {product: 2}


async def test_the_same_quantity_again_is_no_new_version(service: Service, user: Shopper) -> None:
    product = service.catalogue.sell()
    added = await service.add(user, product, 5)

    again = await service.keep(user, product, 5)

    assert again.headers["etag"] == added.headers["etag"]


async def test_a_product_that_is_not_there_yet_is_put_in_by_its_quantity(
    service: Service, user: Shopper
) -> None:
    product = service.catalogue.sell()

    await service.keep(user, product, 4)

    assert await service.held(user) == {product: 4}


async def test_a_quantity_of_none_removes(service: Service, user: Shopper) -> None:
    product, other = service.catalogue.sell(), service.catalogue.sell()
    await service.add(user, product)
    await service.add(user, other)

    changed = await service.keep(user, product, 0)

    assert changed.status_code == 200
    assert await service.held(user) == {other: 1}


@pytest.mark.parametrize("quantity", [-1, 100])
async def test_a_quantity_beyond_the_limits_is_not_set(
    service: Service, user: Shopper, quantity: int
) -> None:
    refused = await service.keep(user, service.catalogue.sell(), quantity)

    assert (refused.status_code, refused.json()["code"]) == (422, "quantity-limit")


async def test_a_removed_product_is_gone_and_may_be_removed_again(
    service: Service, user: Shopper
) -> None:
    product = service.catalogue.sell()
    await service.add(user, product)

    removed = [await service.remove(user, product), await service.remove(user, product)]

    assert [answer.status_code for answer in removed] == [204, 204]
    assert (await service.read(user)).json()["total"] is None


async def test_a_version_that_was_not_seen_is_not_changed(service: Service, user: Shopper) -> None:
    product = service.catalogue.sell()
    seen = (await service.add(user, product)).headers["etag"]
    await service.add(user, product)

    refused = [
        await service.keep(user, product, 9, if_match=seen),
        await service.keep(user, product, 0, if_match=seen),
        await service.remove(user, product, if_match=seen),
    ]

    assert [answer.status_code for answer in refused] == [412] * 3
    assert {answer.json()["code"] for answer in refused} == {"version-mismatch"}
    assert await service.held(user) == {product: 2}


async def test_the_version_that_was_seen_is_changed(service: Service, user: Shopper) -> None:
    product = service.catalogue.sell()
    seen = (await service.add(user, product)).headers["etag"]

    changed = await service.keep(user, product, 9, if_match=seen)
    removed = await service.remove(user, product, if_match=changed.headers["etag"])

    assert (changed.status_code, removed.status_code) == (200, 204)


async def test_lines_stay_in_the_order_in_which_they_were_added(
    service: Service, user: Shopper
) -> None:
    products = [service.catalogue.sell() for _ in range(3)]
    for product in reversed(products):
        await service.add(user, product)

    await service.add(user, products[2])

    assert list(await service.held(user)) == products[::-1]
