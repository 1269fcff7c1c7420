"""What the payment provider can do, and what becomes of the order."""

import asyncio

from tests.shop import Person, Shop


async def test_an_action_is_required_until_the_customer_has_taken_it(
    shop: Shop, ada: Person
) -> None:
    placed = (await shop.place(ada, shop.wants(ada, "requires_action"))).json()
    assert placed["order"]["status"] == "awaiting_payment"
    assert placed["payment"]["status"] == "requires_action"
    assert placed["payment"]["client_secret"]
    assert placed["payment"]["next_action"]["type"] == "use_stripe_sdk"
    order = placed["order"]["id"]

    await shop.authenticate(order)

    await shop.until(ada, order, "paid")


async def test_a_provider_that_hangs_is_not_waited_for(shop: Shop, ada: Person) -> None:
    """The success is told by a webhook before the answer to the charge is there."""
    order = await shop.placed(ada, "timeout_30s")

    await shop.until(ada, order, "paid")

    assert await shop.books(order) == (4488, 0)
    assert await shop.told(order) == ["created", "awaiting_payment", "paid"]


async def test_a_success_may_come_late(shop: Shop, ada: Person) -> None:
    order = await shop.placed(ada, "success_late")

    assert (await shop.read(ada, order))["status"] == "awaiting_payment"
    await shop.until(ada, order, "paid")


async def test_a_success_that_is_told_three_times_is_one(shop: Shop, ada: Person) -> None:
    order = await shop.paid_with(ada, "webhook_x3")

    assert await shop.told(order) == ["created", "awaiting_payment", "paid"]
    assert await shop.books(order) == (4488, 0)


async def test_a_success_may_be_told_before_the_payment(shop: Shop, ada: Person) -> None:
    order = await shop.paid_with(ada, "webhook_out_of_order")

    assert await shop.told(order) == ["created", "awaiting_payment", "paid"]


async def test_a_success_that_nobody_tells_is_asked_for(shop: Shop, ada: Person) -> None:
    order = await shop.paid_with(ada, "webhook_lost")

    succeeded = "SELECT count(*) FROM webhook_events WHERE type = 'payment_intent.succeeded'"
    assert await shop.database.fetchval(succeeded) == 0
    assert await shop.told(order) == ["created", "awaiting_payment", "paid"]


async def test_many_orders_at_once_are_each_paid_once(shop: Shop) -> None:
    people = [Person() for _ in range(10)]

    orders = await asyncio.gather(*(shop.paid(one) for one in people))

    books = [await shop.books(order) for order in orders]
    assert books == [(4488, 0)] * 10


async def test_what_was_paid_for_and_is_gone_is_given_back(shop: Shop, ada: Person) -> None:
    order = await shop.placed(ada, "requires_action")
    held = shop.neighbours.expire(order)
    shop.neighbours.stock[held["lines"][0]["product_id"]] = 0

    await shop.authenticate(order)

    await shop.until(ada, order, "cancelled")
    await shop.until_settled()
    assert await shop.books(order) == (4488, 4488)
    told = await shop.told(order)
    assert told == ["created", "awaiting_payment", "cancelled", "refunded"]
    assert (await shop.said(order, "cancelled"))[0]["reason"] == "out_of_stock"


async def test_what_is_held_no_longer_is_held_once_more_if_it_can_be_had(
    shop: Shop, ada: Person
) -> None:
    order = await shop.placed(ada, "requires_action")
    shop.neighbours.expire(order)

    await shop.authenticate(order)

    await shop.until(ada, order, "paid")
    assert shop.neighbours.reservation_of(order)["status"] == "committed"
