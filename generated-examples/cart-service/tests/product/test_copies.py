"""The copies of products follow what product-service says, in whatever order it arrives."""

from tests.catalogue import Json, euros
from tests.shopping import Service, Shopper, told_of


async def with_one(service: Service, cents: int = 1000) -> tuple[Shopper, str]:
    """A user, and the product in the cart."""
    user, product = await service.user(), service.catalogue.sell(cents)
    await service.add(user, product)
    return user, product


async def line(service: Service, user: Shopper) -> Json:
    found: Json = (await service.read(user)).json()["lines"][0]
    return found


def reprice(service: Service, product: str, cents: int) -> Json:
    old = service.catalogue.products[product]["price"]
    changed = service.catalogue.change(product, price=euros(cents))
    return {**changed, "old": old, "new": changed["price"]}


async def test_a_new_price_is_shown_beside_the_one_that_was_agreed_to(service: Service) -> None:
    user, product = await with_one(service)

    await service.hear(told_of(reprice(service, product, 1200), "product.price_changed"))

    shown = await line(service, user)
    assert (shown["unit_price"], shown["price_changed_from"]) == (euros(1200), euros(1000))


async def test_a_cart_with_another_price_has_another_tag(service: Service) -> None:
    user, product = await with_one(service)
    seen = (await service.read(user)).headers["etag"]

    await service.hear(told_of(reprice(service, product, 1200), "product.price_changed"))

    assert (await service.read(user, if_none_match=seen)).status_code == 200
    assert (await service.keep(user, product, 2, if_match=seen)).status_code == 412


async def test_who_changes_the_quantity_has_agreed_to_the_new_price(service: Service) -> None:
    user, product = await with_one(service)
    await service.hear(told_of(reprice(service, product, 1200), "product.price_changed"))

    await service.keep(user, product, 1)

    assert (await line(service, user))["price_changed_from"] is None


async def test_an_archived_product_stays_in_the_cart_and_costs_nothing(service: Service) -> None:
    user, product = await with_one(service)

    archived = service.catalogue.change(product, status="archived")
    await service.hear(told_of(archived, "product.archived"))

    cart = (await service.read(user)).json()
    assert (cart["lines"][0]["unavailable"], cart["total"]) == (True, None)
    assert (await service.add(user, product)).json()["code"] == "product-unavailable"
    assert (await service.keep(user, product, 0)).status_code == 200


async def test_a_new_name_is_shown(service: Service) -> None:
    user, product = await with_one(service)

    await service.hear(told_of(service.catalogue.change(product, name="sandal")))

    assert (await line(service, user))["name"] == "sandal"


async def test_both_events_of_one_change_count_in_either_order(service: Service) -> None:
    user, product = await with_one(service)
    both = reprice(service, product, 1200) | {"name": "sandal"}

    await service.hear(told_of(both, "product.price_changed"))
    await service.hear(told_of(both))

    shown = await line(service, user)
    assert (shown["name"], shown["unit_price"]) == ("sandal", euros(1200))


async def test_an_event_that_arrives_late_or_again_changes_nothing(service: Service) -> None:
    user, product = await with_one(service)
    second = told_of(reprice(service, product, 1200), "product.price_changed")
    third = told_of(reprice(service, product, 1300), "product.price_changed")
    stale = told_of({**service.catalogue.products[product], "version": 1, "price": euros(1)})
    await service.hear(third)
    before = (await service.read(user)).json()

    await service.hear(second, stale, third, told_of(service.catalogue.products[product]))

    assert (await service.read(user)).json() == before
    assert before["lines"][0]["unit_price"] == euros(1300)
