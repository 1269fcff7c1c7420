"""What a cart costs, at the prices of this moment."""

import pytest

from tests.catalogue import euros
from tests.shopping import AS_SERVICE, Service


async def test_a_quote_adds_up_at_todays_prices(service: Service) -> None:
    user = await service.user()
    shoe, sock = service.catalogue.sell(1999), service.catalogue.sell(250, name="sock")
    await service.add(user, shoe, 2)
    await service.add(user, sock)
    service.catalogue.change(sock, price=euros(300))

    quoted = await service.quote(user)

    assert quoted.status_code == 200
    quote = quoted.json()
    assert (quote["cart_id"], quote["user_id"], quote["cart_version"]) == (
        user.cart,
        user.user_id,
        3,
    )
    assert quote["lines"][1] == {
        "product_id": sock,
        "sku": "SKU-2",
        "name": "sock",
        "quantity": 1,
        "unit_price": euros(300),
        "line_total": euros(300),
    }
    assert quote["totals"] == {
        "items": euros(4298),
        "shipping": euros(490),
        "tax": euros(0),
        "discount": euros(0),
        "grand": euros(4788),
    }
    assert (quote["expected_total"], quote["currency"]) == (euros(4788), "EUR")


async def test_a_quote_teaches_the_cart_the_price(service: Service) -> None:
    user, product = await service.user(), service.catalogue.sell(1000)
    await service.add(user, product)
    service.catalogue.change(product, price=euros(1200))

    await service.quote(user)

    shown = (await service.read(user)).json()["lines"][0]
    assert (shown["unit_price"], shown["price_changed_from"]) == (euros(1200), euros(1000))


@pytest.mark.parametrize(("cents", "shipping"), [(4999, 490), (5000, 0)])
async def test_shipping_is_free_from_fifty_euros(
    service: Service, cents: int, shipping: int
) -> None:
    user = await service.user()
    await service.add(user, service.catalogue.sell(cents))

    totals = (await service.quote(user)).json()["totals"]

    assert (totals["shipping"], totals["grand"]) == (euros(shipping), euros(cents + shipping))


async def test_a_currency_without_a_rule_ships_free(service: Service) -> None:
    user = await service.user()
    await service.add(user, service.catalogue.sell(900, "JPY"))

    assert (await service.quote(user)).json()["expected_total"] == euros(900, "JPY")


async def test_a_guest_and_a_service_get_a_quote_too(service: Service) -> None:
    guest = await service.guest()
    await service.add(guest, service.catalogue.sell())

    own = await service.quote(guest)
    asked = await service.http.get(f"{guest.place}/quote", headers=AS_SERVICE)

    assert (own.status_code, asked.status_code) == (200, 200)
    assert own.json() == asked.json()
    assert own.json()["user_id"] is None


async def test_an_empty_cart_has_no_quote(service: Service) -> None:
    user = await service.user()

    refused = await service.quote(user)

    assert (refused.status_code, refused.json()["code"]) == (409, "cart-empty")


async def test_what_is_not_sold_any_more_is_named_and_not_charged(service: Service) -> None:
    user, sold, gone = await service.user(), service.catalogue.sell(), service.catalogue.sell()
    await service.add(user, sold)
    await service.add(user, gone)
    service.catalogue.change(gone, status="archived")

    quote = (await service.quote(user)).json()

    assert [line["product_id"] for line in quote["lines"]] == [sold]
    assert (quote["unavailable"], quote["totals"]["items"]) == ([gone], euros(1000))


async def test_a_cart_of_nothing_that_is_sold_has_no_quote(service: Service) -> None:
    user, gone = await service.user(), service.catalogue.sell()
    await service.add(user, gone)
    service.catalogue.change(gone, status="archived")

    assert (await service.quote(user)).json()["code"] == "cart-empty"


async def test_all_fifty_lines_are_priced_in_one_call(service: Service) -> None:
    user = await service.user()
    for product in [service.catalogue.sell(100) for _ in range(50)]:
        await service.add(user, product)
    service.catalogue.asked.clear()

    quote = (await service.quote(user)).json()

    assert quote["totals"]["items"] == euros(5000)
    assert len(service.catalogue.asked) == 1


async def test_without_product_service_there_is_no_quote_for_a_while(service: Service) -> None:
    user = await service.user()
    await service.add(user, service.catalogue.sell())
    await service.catalogue.stop()

    refused = await service.quote(user)
    await service.catalogue.start()

    assert (refused.status_code, refused.json()["code"]) == (503, "dependency-unavailable")
    assert int(refused.headers["retry-after"]) >= 1
    assert (await service.quote(user)).status_code == 200


async def test_product_service_in_trouble_is_as_good_as_away(service: Service) -> None:
    user = await service.user()
    await service.add(user, service.catalogue.sell())
    service.catalogue.troubled = True

    refused = await service.quote(user)

    assert (refused.status_code, refused.json()["code"]) == (503, "dependency-unavailable")
