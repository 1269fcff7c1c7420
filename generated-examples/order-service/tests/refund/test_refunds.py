"""Money that goes back."""

import asyncio

import asyncpg
import pytest
from httpx import Response

from order_service.chassis.identifiers import uuid7

from tests.neighbours import eur
from tests.shop import ADMIN, SUPPORT, WAREHOUSE, Person, Shop


async def refund(shop: Shop, order: str, amount: int, who: Person = SUPPORT) -> Response:
    said = {"amount": eur(amount), "reason": "a scratch"}
    return await shop.post(who, f"{order}/refunds", said)


async def test_a_part_goes_back_and_the_order_is_what_it_was(shop: Shop, ada: Person) -> None:
    order = await shop.paid(ada)

    answer = await refund(shop, order, 1000)

    assert answer.status_code == 201
    assert answer.json()["amount"] == eur(1000)
    await shop.until(ada, order, "paid")
    assert await shop.books(order) == (4488, 1000)
    assert (await shop.read(ada, order))["refunds"][0]["status"] == "succeeded"
    [told] = await shop.said(order, "refunded")
    assert (told["amount"], told["total_refunded"], told["full"]) == (eur(1000), eur(1000), False)


async def test_the_rest_makes_it_a_refunded_order(shop: Shop, ada: Person) -> None:
    order = await shop.paid(ada)
    await refund(shop, order, 1000)
    await shop.until(ada, order, "paid")

    await refund(shop, order, 3488)

    await shop.until(ada, order, "refunded")
    assert await shop.books(order) == (4488, 4488)
    assert (await shop.said(order, "refunded"))[-1]["full"] is True


async def test_no_more_goes_back_than_was_taken(shop: Shop, ada: Person) -> None:
    order = await shop.paid(ada)
    await refund(shop, order, 4000)
    await shop.until(ada, order, "paid")

    refused = await refund(shop, order, 489)

    assert (refused.status_code, refused.json()["code"]) == (409, "refund-exceeds-captured")


async def test_another_currency_is_not_what_was_taken(shop: Shop, ada: Person) -> None:
    order = await shop.paid(ada)
    said = {"amount": {"amount": 1, "currency": "USD"}, "reason": "a scratch"}

    refused = await shop.post(SUPPORT, f"{order}/refunds", said)

    assert (refused.status_code, refused.json()["code"]) == (409, "refund-exceeds-captured")


async def test_of_many_refunds_at_once_no_more_than_all_goes_back(shop: Shop, ada: Person) -> None:
    order = await shop.paid(ada)

    answers = await asyncio.gather(*(refund(shop, order, 3000) for _ in range(8)))

    assert sorted(one.status_code for one in answers) == [201] + [409] * 7
    await shop.until(ada, order, "paid")
    assert await shop.books(order) == (4488, 3000)


async def test_the_database_refuses_what_exceeds_all_by_itself(shop: Shop, ada: Person) -> None:
    order = await shop.paid(ada)
    insert = """
        INSERT INTO refunds (id, order_id, payment_id, amount_minor, currency, reason, status,
            created_at, updated_at)
        SELECT $1, order_id, id, $2, 'EUR', 'by hand', 'pending', now(), now()
        FROM payments WHERE order_id = $3
    """
    await shop.database.execute(insert, uuid7(), 4488, order)

    with pytest.raises(asyncpg.CheckViolationError, match="than was captured"):
        await shop.database.execute(insert, uuid7(), 1, order)


async def test_a_refund_asked_for_twice_with_its_key_is_one(shop: Shop, ada: Person) -> None:
    order = await shop.paid(ada)
    said = {"amount": eur(100), "reason": "a scratch"}
    headers = {**SUPPORT.headers, "idempotency-key": "back-1"}
    path = f"/v1/orders/{order}/refunds"

    first = await shop.http.post(path, json=said, headers=headers)
    again = await shop.http.post(path, json=said, headers=headers)

    assert again.headers["idempotent-replayed"] == "true"
    assert again.json() == first.json()
    await shop.until(ada, order, "paid")
    assert await shop.books(order) == (4488, 100)


async def test_what_was_not_paid_is_not_given_back(shop: Shop, ada: Person) -> None:
    order = await shop.placed(ada, "requires_action")

    refused = await refund(shop, order, 1)

    assert (refused.status_code, refused.json()["code"]) == (409, "invalid-transition")


async def test_support_has_a_limit_and_an_admin_has_none(shop: Shop, ada: Person) -> None:
    order = await shop.paid(ada, price=30_000)

    assert (await refund(shop, order, 50_001)).status_code == 403
    assert (await refund(shop, order, 50_001, ADMIN)).status_code == 201


async def test_a_delivered_order_can_be_given_back(shop: Shop, ada: Person) -> None:
    order = await shop.paid(ada)
    await shop.post(WAREHOUSE, f"{order}/shipments", {"carrier": "DHL", "tracking": "1"})
    await shop.post(WAREHOUSE, f"{order}/deliver")

    await refund(shop, order, 4488)

    await shop.until(ada, order, "refunded")
