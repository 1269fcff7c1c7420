"""An order from the cart to the payment."""

import asyncio
from collections import Counter

import pytest

from tests.neighbours import eur
from tests.shop import ORDERS, Person, Shop


async def test_an_order_is_paid_and_every_step_is_told_once(shop: Shop, ada: Person) -> None:
    answer = await shop.place(ada, shop.wants(ada))

    order = answer.json()["order"]["id"]
    assert (answer.status_code, answer.headers["location"]) == (201, f"{ORDERS}/{order}")
    await shop.until(ada, order, "paid")
    assert await shop.told(order) == ["created", "awaiting_payment", "paid"]
    assert shop.neighbours.reservation_of(order)["status"] == "committed"
    assert await shop.books(order) == (4488, 0)


async def test_its_events_say_what_was_bought_and_by_whom(shop: Shop, ada: Person) -> None:
    said = shop.wants(ada)

    order = (await shop.place(ada, said)).json()["order"]
    await shop.until(ada, order["id"], "paid")

    [created] = await shop.said(order["id"], "created")
    [paid] = await shop.said(order["id"], "paid")
    assert created["user_id"] == paid["user_id"] == ada.id
    assert created["number"] == paid["number"] == order["number"]
    assert (created["cart_id"], created["cart_version"]) == (said["cart_id"], 3)
    assert created["totals"]["grand"] == paid["amount"] == eur(4488)
    assert created["lines"] == paid["lines"] == order["lines"]


async def test_the_versions_of_its_events_rise(shop: Shop, ada: Person) -> None:
    order = await shop.paid(ada)

    rows = await shop.database.fetch(
        "SELECT (ext->>'sequence')::int AS sequence FROM published WHERE subject = $1 ORDER BY seq",
        order,
    )
    sequences = [row["sequence"] for row in rows]
    assert sequences == sorted(set(sequences))
    assert len(sequences) == 3


async def test_an_order_needs_a_key(shop: Shop, ada: Person) -> None:
    refused = await shop.http.post(ORDERS, json=shop.wants(ada), headers=ada.headers)

    assert (refused.status_code, refused.json()["code"]) == (400, "idempotency-key-required")


async def test_the_same_request_again_gets_the_first_answer(shop: Shop, ada: Person) -> None:
    said = shop.wants(ada)
    first = await shop.place(ada, said, "key-1")
    await shop.until(ada, first.json()["order"]["id"], "paid")

    again = await shop.place(ada, said, "key-1")

    assert again.headers["idempotent-replayed"] == "true"
    assert (again.status_code, again.json()) == (201, first.json())


async def test_the_same_key_with_another_request_is_refused(shop: Shop, ada: Person) -> None:
    await shop.place(ada, shop.wants(ada), "key-1")

    refused = await shop.place(ada, shop.wants(ada), "key-1")

    assert (refused.status_code, refused.json()["code"]) == (422, "idempotency-key-reused")


async def test_fifty_times_at_once_is_one_order(shop: Shop, ada: Person) -> None:
    said = shop.wants(ada)

    answers = await asyncio.gather(*(shop.place(ada, said, "key-1") for _ in range(50)))

    codes = Counter((one.status_code, one.json().get("code", "")) for one in answers)
    assert set(codes) <= {(201, ""), (409, "idempotency-in-flight")}
    assert len({one.json()["order"]["id"] for one in answers if one.status_code == 201}) == 1
    assert await shop.database.fetchval("SELECT count(*) FROM orders") == 1
    assert shop.neighbours.asked["product-service reservations"] == 1


async def test_a_cart_as_it_is_can_be_ordered_once(shop: Shop, ada: Person) -> None:
    said = shop.wants(ada)
    first = await shop.place(ada, said)

    second = await shop.place(ada, said)

    assert (second.status_code, second.json()["code"]) == (409, "already-ordered")
    assert second.json()["order_id"] == first.json()["order"]["id"]


async def test_what_is_missing_is_said_and_nothing_is_held(shop: Shop, ada: Person) -> None:
    said = shop.wants(ada, quantity=3, stock=2)

    refused = await shop.place(ada, said, "key-1")

    assert (refused.status_code, refused.json()["code"]) == (409, "insufficient-stock")
    [line] = refused.json()["lines"]
    assert (line["requested"], line["available"]) == (3, 2)
    order = str(await shop.database.fetchval("SELECT id FROM orders"))
    assert await shop.told(order) == ["created", "rejected"]
    assert (await shop.said(order, "rejected"))[0]["lines"] == [line]
    assert (await shop.place(ada, said, "key-1")).json()["lines"] == [line]
    assert shop.neighbours.reservations == {}


async def test_another_price_is_shown_and_not_charged(shop: Shop, ada: Person) -> None:
    said = shop.wants(ada) | {"expected_total": eur(4487)}

    refused = await shop.place(ada, said)

    assert (refused.status_code, refused.json()["code"]) == (409, "price-changed")
    assert refused.json()["quote"]["expected_total"] == eur(4488)
    assert shop.neighbours.reservations == {}


async def test_another_cart_than_was_seen_is_shown(shop: Shop, ada: Person) -> None:
    refused = await shop.place(ada, shop.wants(ada) | {"cart_version": 2})

    assert (refused.status_code, refused.json()["code"]) == (409, "cart-changed")
    assert refused.json()["quote"]["cart_version"] == 3


async def test_after_a_rejection_the_cart_can_be_ordered_again(shop: Shop, ada: Person) -> None:
    said = shop.wants(ada)
    await shop.place(ada, said | {"expected_total": eur(1)})

    assert (await shop.place(ada, said)).status_code == 201


async def test_an_empty_cart_cannot_be_ordered(shop: Shop, ada: Person) -> None:
    said = shop.wants(ada)
    shop.neighbours.quotes[said["cart_id"]]["lines"] = []

    refused = await shop.place(ada, said)

    assert (refused.status_code, refused.json()["code"]) == (409, "cart-empty")


async def test_somebody_elses_cart_is_no_cart(shop: Shop, ada: Person) -> None:
    said = shop.wants(Person()) | {"address_id": shop.neighbours.address(ada.id)}

    refused = await shop.place(ada, said)

    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/cart_id"


@pytest.mark.parametrize("field", ["cart_id", "address_id"])
async def test_what_nobody_knows_is_named(shop: Shop, ada: Person, field: str) -> None:
    said = shop.wants(ada) | {field: "01a20479-f9b2-7720-be2b-e5f01853867d"}

    refused = await shop.place(ada, said)

    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == f"/{field}"


async def test_an_unknown_payment_method_is_named_and_the_stock_let_go(
    shop: Shop, ada: Person
) -> None:
    refused = await shop.place(ada, shop.wants(ada, "magic"))

    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/payment_method"
    await shop.until_settled()
    assert [one["status"] for one in shop.neighbours.reservations.values()] == ["released"]


@pytest.mark.parametrize("total", [eur(0), eur(-1), {"amount": "5", "currency": "EUR"}])
async def test_a_total_that_is_none_is_refused(shop: Shop, ada: Person, total: object) -> None:
    refused = await shop.place(ada, shop.wants(ada) | {"expected_total": total})

    assert refused.status_code == 422


@pytest.mark.parametrize("service", ["cart-service", "product-service", "user-service"])
async def test_an_order_waits_for_a_service_that_is_away(
    shop: Shop, ada: Person, service: str
) -> None:
    shop.neighbours.away.add(service)
    accepted = await shop.place(ada, shop.wants(ada))
    assert (accepted.status_code, accepted.json()["status"]) == (202, "pending")

    shop.neighbours.away.clear()

    order = accepted.headers["location"].rpartition("/")[2]
    await shop.until(ada, order, "paid")
    assert await shop.told(order) == ["created", "awaiting_payment", "paid"]
