"""Orders that end before their time, and what is given back then."""

import asyncio

from tests.neighbours import eur
from tests.shop import SUPPORT, WAREHOUSE, Person, Shop


async def test_an_unpaid_order_is_cancelled_and_nothing_of_it_is_left(
    shop: Shop, ada: Person
) -> None:
    order = await shop.placed(ada, "requires_action")

    answer = await shop.post(ada, f"{order}/cancel")

    assert (answer.status_code, answer.json()["order"]["status"]) == (200, "cancelled")
    await shop.until_settled()
    held = shop.neighbours.reservation_of(order)
    assert (held["status"], held["reason"]) == ("released", "cancelled")
    assert (await shop.read(ada, order))["payment"]["status"] == "cancelled"
    assert await shop.told(order) == ["created", "awaiting_payment", "cancelled"]
    assert (await shop.said(order, "cancelled"))[0]["reason"] == "requested"


async def test_a_pending_order_is_cancelled_before_anything_was_asked(
    shop: Shop, ada: Person
) -> None:
    shop.neighbours.away.add("cart-service")
    order = await shop.placed(ada)

    answer = await shop.post(SUPPORT, f"{order}/cancel")

    assert (answer.status_code, answer.json()["order"]["status"]) == (200, "cancelled")
    await shop.until_settled()
    assert shop.neighbours.reservations == {}


async def test_a_paid_order_is_given_back_in_full(shop: Shop, ada: Person) -> None:
    order = await shop.paid(ada)

    answer = await shop.post(ada, f"{order}/cancel")

    assert (answer.status_code, answer.json()["order"]["status"]) == (202, "refund_pending")
    await shop.until(ada, order, "refunded")
    assert await shop.books(order) == (4488, 4488)
    [told] = await shop.said(order, "refunded")
    assert (told["amount"], told["total_refunded"], told["full"]) == (eur(4488), eur(4488), True)


async def test_what_is_shipped_or_cancelled_is_not_cancelled(shop: Shop, ada: Person) -> None:
    shipped, cancelled = await shop.paid(ada), await shop.placed(ada, "requires_action")
    await shop.post(WAREHOUSE, f"{shipped}/shipments", {"carrier": "DHL", "tracking": "1"})
    await shop.post(ada, f"{cancelled}/cancel")

    answers = [await shop.post(ada, f"{one}/cancel") for one in (shipped, cancelled)]

    assert [(one.status_code, one.json()["code"]) for one in answers] == [
        (409, "invalid-transition"),
        (409, "invalid-transition"),
    ]


async def test_of_many_cancellations_one_is_made(shop: Shop, ada: Person) -> None:
    order = await shop.paid(ada)

    answers = await asyncio.gather(*(shop.post(ada, f"{order}/cancel") for _ in range(8)))

    assert sorted(one.status_code for one in answers) == [202] + [409] * 7
    await shop.until(ada, order, "refunded")
    assert await shop.books(order) == (4488, 4488)


async def test_a_cancellation_races_the_payment_and_the_books_are_right(
    shop: Shop, ada: Person
) -> None:
    orders = [await shop.placed(ada, "requires_action") for _ in range(6)]

    for order in orders:
        await asyncio.gather(shop.authenticate(order), shop.post(ada, f"{order}/cancel"))

    await shop.until_settled()
    for order in orders:
        taken, given = await shop.books(order)
        status = (await shop.read(ada, order))["status"]
        kept = 4488 if status == "paid" else 0
        assert (status in ("paid", "cancelled", "refunded"), taken - given) == (True, kept)


async def test_an_order_that_nobody_pays_expires(shop: Shop, ada: Person) -> None:
    order = await shop.placed(ada, "requires_action")
    await shop.database.execute("UPDATE orders SET expires_at = now() WHERE id = $1", order)

    await shop.until(ada, order, "cancelled")
    await shop.until_settled()

    assert (await shop.said(order, "cancelled"))[0]["reason"] == "expired"
    held = shop.neighbours.reservation_of(order)
    assert (held["status"], held["reason"]) == ("expired", "expired")


async def test_an_order_whose_neighbours_stay_away_expires_too(shop: Shop, ada: Person) -> None:
    shop.neighbours.away.add("product-service")
    order = await shop.placed(ada)
    await shop.database.execute("UPDATE orders SET expires_at = now() WHERE id = $1", order)

    await shop.until(ada, order, "cancelled")
    shop.neighbours.away.clear()
    await shop.until_settled()

    assert [one["reason"] for one in shop.neighbours.reservations.values()] == ["expired"]


async def test_who_waited_for_an_order_sees_the_lines_that_it_has_now(
    shop: Shop, ada: Person
) -> None:
    order = await shop.placed(ada, "requires_action")
    await shop.until(ada, order, "awaiting_payment")

    async with shop.database.acquire() as holder, asyncio.timeout(20):
        async with holder.transaction():
            await holder.execute("SELECT FROM orders FOR UPDATE")
            await holder.execute(
                """
                INSERT INTO order_lines
                SELECT order_id, 99, product_id, 'LATE-1', name, 1, 0 FROM order_lines LIMIT 1
                """
            )
            cancelling = asyncio.create_task(shop.post(ada, f"{order}/cancel"))
            while not await holder.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
                await holder.execute("SELECT pg_sleep(0.01)")
        answer = await cancelling

    assert answer.status_code == 200
    assert answer.json()["order"]["lines"][-1]["sku"] == "LATE-1"
