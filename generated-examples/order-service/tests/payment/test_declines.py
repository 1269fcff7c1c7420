"""Payments that are declined, and tried again."""

import asyncio

from tests.shop import Person, Shop


async def retry(shop: Shop, who: Person, order: str, method: str) -> tuple[int, str]:
    answer = await shop.post(who, f"{order}/payments", {"payment_method": method})
    return answer.status_code, answer.json().get("code", "")


async def test_a_declined_order_stays_payable_and_its_stock_held(shop: Shop, ada: Person) -> None:
    answer = await shop.place(ada, shop.wants(ada, "decline"))

    assert (answer.status_code, answer.json()["order"]["status"]) == (201, "awaiting_payment")
    payment = answer.json()["payment"]
    assert (payment["status"], payment["can_retry"]) == ("declined", True)
    order = answer.json()["order"]["id"]
    assert shop.neighbours.reservation_of(order)["status"] == "active"
    [told] = await shop.said(order, "payment_failed")
    assert (told["attempt"], told["can_retry"]) == (1, True)
    assert told["decline_code"] == payment["decline_code"] == "insufficient_funds"


async def test_a_second_attempt_may_succeed(shop: Shop, ada: Person) -> None:
    order = await shop.placed(ada, "decline_then_ok")

    assert await retry(shop, ada, order, "decline_then_ok") == (201, "")

    await shop.until(ada, order, "paid")
    assert await shop.books(order) == (4488, 0)
    told = await shop.told(order)
    assert told == ["created", "awaiting_payment", "payment_failed", "paid"]


async def test_a_declined_retry_says_why_and_whether_to_go_on(shop: Shop, ada: Person) -> None:
    order = await shop.placed(ada, "decline")

    answer = await shop.post(ada, f"{order}/payments", {"payment_method": "decline"})

    assert (answer.status_code, answer.json()["code"]) == (402, "payment-declined")
    assert answer.json()["decline_code"] == "insufficient_funds"
    assert answer.json()["can_retry"] is True


async def test_three_declines_end_the_order_and_let_the_stock_go(shop: Shop, ada: Person) -> None:
    order = await shop.placed(ada, "decline")
    await retry(shop, ada, order, "decline")

    third = await shop.post(ada, f"{order}/payments", {"payment_method": "decline"})

    assert (third.status_code, third.json().get("can_retry")) == (402, False)
    assert (await shop.read(ada, order))["status"] == "cancelled"
    await shop.until_settled()
    held = shop.neighbours.reservation_of(order)
    assert (held["status"], held["reason"]) == ("released", "payment_failed")
    assert (await shop.said(order, "cancelled"))[0]["reason"] == "payment_failed"
    assert await retry(shop, ada, order, "ok") == (409, "invalid-transition")
    assert await shop.books(order) == (0, 0)


async def test_a_payment_that_is_under_way_is_not_made_again(shop: Shop, ada: Person) -> None:
    order = await shop.placed(ada, "requires_action")

    assert await retry(shop, ada, order, "ok") == (409, "invalid-transition")


async def test_of_two_attempts_at_once_one_is_made(shop: Shop, ada: Person) -> None:
    order = await shop.placed(ada, "decline")

    answers = await asyncio.gather(*(retry(shop, ada, order, "ok") for _ in range(2)))

    assert sorted(answers) == [(201, ""), (409, "invalid-transition")]
    await shop.until(ada, order, "paid")
    assert await shop.books(order) == (4488, 0)


async def test_an_unknown_method_is_named_and_the_order_stays_payable(
    shop: Shop, ada: Person
) -> None:
    order = await shop.placed(ada, "decline")

    assert await retry(shop, ada, order, "magic") == (422, "validation-failed")
    assert await retry(shop, ada, order, "ok") == (201, "")
