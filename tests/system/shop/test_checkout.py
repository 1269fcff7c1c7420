"""A customer orders what is in her cart, and everybody concerned hears of it once."""

import asyncio
from collections import Counter
from collections.abc import Set

from tools.shop import shopping, staff
from tools.shop.shop import Shop
from tools.shop.spans import Spans
from tools.shop.waiting import eventually

PLACED_AND_PAID = {
    "shop.order.created.v1": 1,
    "shop.inventory.reserved.v1": 1,
    "shop.order.awaiting_payment.v1": 1,
    "shop.inventory.committed.v1": 1,
    "shop.order.paid.v1": 1,
    "shop.cart.converted.v1": 1,
}
CONCERNED = {
    "gateway",
    "order-service",
    "cart-service",
    "user-service",
    "product-service",
    "notification-service",
}
SHOWN = [
    "order.created",
    "order.awaiting_payment",
    "order.paid",
    "order.shipped",
    "order.delivered",
    "order.refunded",
]
MAILED = {
    "Please confirm your address",
    "We have your order N",
    "Your order N is paid",
    "Your order N is on its way",
    "Your order N was delivered",
    "We have refunded 24.89 EUR of your order N",
}


async def test_an_order_is_paid_and_everybody_hears_of_it_once(shop: Shop) -> None:
    ada, boots = await shop.customer(), await shop.product(5)

    async with shop.following(ada, "me/orders") as live:
        placed = (await shopping.buy(ada, {boots: 2})).wanted(201).json
        order = await shopping.until(ada, placed["order"]["id"], "paid")
        told = await live.until("me/orders", "order.paid")

    mails = await shop.mailbox.until(ada.email, lambda mails: len(mails) >= 3)
    subjects = Counter(mail["subject"] for mail in mails)
    events = await eventually(
        lambda: _events(shop, order["id"]), lambda events: events >= Counter(PLACED_AND_PAID)
    )
    assert told.frame["data"]["order_id"] == order["id"]
    assert len(subjects) == len(mails) == 3  # verify, placed, paid
    assert events == PLACED_AND_PAID
    assert (await staff.availability(ada, boots))["available"] == 3
    assert (await ada.ask("GET", "/v1/carts/current")).status == 404  # nothing was left in it


async def test_one_trace_leads_from_the_gateway_to_the_notification_service(
    shop: Shop, spans: Spans
) -> None:
    ada, boots = await shop.customer(), await shop.product(1)

    placed = await shopping.buy(ada, {boots: 1})
    await shopping.until(ada, shopping.order_in(placed)["id"], "paid")

    assert await eventually(
        lambda: _reached(spans, placed.trace), lambda reached: reached >= CONCERNED
    )


async def test_what_becomes_of_a_paid_order_is_mailed_and_shown_turn_by_turn(shop: Shop) -> None:
    warehouse, support = await shop.staff("warehouse"), await shop.staff("support")
    ada, boots = await shop.customer(), await shop.product(1)

    async with shop.following(ada, "me/orders") as live:
        placed = (await shopping.buy(ada, {boots: 1})).wanted(201).json["order"]
        order = await shopping.until(ada, placed["id"], "paid")
        (await staff.ship(warehouse, order["id"])).wanted(201)
        (await staff.deliver(warehouse, order["id"])).wanted(200)
        (await staff.refund(support, order, order["totals"]["grand"]["amount"])).wanted(201)
        await live.until("me/orders", "order.refunded")

    mails = await shop.mailbox.until(ada.email, lambda mails: len(mails) == len(MAILED))
    assert [one["type"] for one in live.events("me/orders")] == SHOWN
    assert {mail["subject"].replace(order["number"], "N") for mail in mails} == MAILED
    assert (await shopping.order_of(ada, order["id"]))["status"] == "refunded"


async def test_a_frame_comes_within_a_second_of_its_payment(shop: Shop) -> None:
    ada, boots = await shop.customer(), await shop.product(1)

    async with shop.following(ada, "me/orders") as live:
        placed = (await shopping.buy(ada, {boots: 1})).wanted(201).json
        told = await live.until("me/orders", "order.paid")

    [paid] = await shop.rows(
        "order-service",
        "SELECT extract(epoch FROM at)::float8 AS at FROM order_history"
        " WHERE order_id = $1::text::uuid AND status = 'paid'",
        placed["order"]["id"],
    )
    assert told.at - paid["at"] < 1


async def test_of_two_buyers_of_the_last_one_exactly_one_gets_it(shop: Shop) -> None:
    boots = await shop.product(1)
    buyers = [await shop.customer() for _ in range(2)]
    carts = [await shopping.fill(buyer, {boots: 1}) for buyer in buyers]

    answers = await asyncio.gather(*map(shopping.checkout, buyers, carts))

    won, lost = sorted(answers, key=lambda answer: answer.status)
    assert (won.status, lost.status, lost.code) == (201, 409, "insufficient-stock")
    assert lost.json["lines"] == [{"product_id": boots, "requested": 1, "available": 0}]


async def test_an_order_at_a_price_that_has_changed_is_refused_with_the_new_quote(
    shop: Shop,
) -> None:
    admin, ada = await shop.staff("admin"), await shop.customer()
    boots = await shop.product(5, price=1999)
    cart = await shopping.fill(ada, {boots: 1})

    await staff.reprice(admin, boots, 2499)
    refused = await shopping.checkout(ada, cart)
    anew = await shopping.checkout(ada, await shopping.priced(ada, cart.id))

    assert (refused.status, refused.code) == (409, "price-changed")
    assert refused.json["quote"]["lines"][0]["unit_price"]["amount"] == 2499
    assert anew.status == 201


async def test_an_order_that_is_sent_ten_times_at_once_is_one_order(shop: Shop) -> None:
    ada, boots = await shop.customer(), await shop.product(20)
    cart, home = await shopping.fill(ada, {boots: 1}), await shopping.address(ada)

    answers = await asyncio.gather(
        *(shopping.checkout(ada, cart, to=home, key="once-" + cart.id) for _ in range(10))
    )
    again = await shopping.checkout(ada, cart, to=home, key="once-" + cart.id)

    placed = {shopping.order_in(one)["id"] for one in answers if one.status in (201, 202)}
    assert {one.code for one in answers} <= {"", "idempotency-in-flight"}
    assert placed == {shopping.order_in(again)["id"]}
    assert again.headers["idempotent-replayed"] == "true"
    assert (await staff.availability(ada, boots))["available"] == 19


async def test_what_comes_into_the_cart_during_the_payment_stays_there(shop: Shop) -> None:
    ada = await shop.customer()
    boots, socks = await shop.product(5), await shop.product(5)

    placed = (await shopping.buy(ada, {boots: 1}, "requires_action")).wanted(201).json
    await shopping.fill(ada, {socks: 3})
    await shop.provider.authenticate(placed["order"]["id"])
    await shopping.until(ada, placed["order"]["id"], "paid")

    left = await eventually(
        lambda: shopping.current_cart(ada), lambda cart: len(cart["lines"]) == 1
    )
    assert [(one["product_id"], one["quantity"]) for one in left["lines"]] == [(socks, 3)]


async def _events(shop: Shop, order: str) -> Counter[str]:
    return Counter(one.type for one in await shop.streams.told(order_id=order))


async def _reached(spans: Spans, trace: str) -> Set[str]:
    return spans.services(trace)
