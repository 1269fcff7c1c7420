"""What becomes of an order whose payment does not simply succeed."""

import json
import time

import pytest

from tools.shop import shopping, staff
from tools.shop.provider import webhook
from tools.shop.shop import Shop

SUCCESS_OF = """
SELECT raw FROM webhook_events
WHERE type = 'payment_intent.succeeded'
  AND convert_from(raw, 'UTF8')::jsonb #>> '{data,object,metadata,order_id}' = $1
"""

# As if it had been made so long ago.
OVERDUE = "UPDATE reservations SET expires_at = now() WHERE order_id = $1::text::uuid"


async def test_a_declined_order_stays_payable_and_the_second_attempt_pays_it(shop: Shop) -> None:
    ada, boots = await shop.customer(), await shop.product(1)

    placed = (await shopping.buy(ada, {boots: 1}, "decline_then_ok")).wanted(201).json
    order = placed["order"]
    await shop.told("shop.order.payment_failed.v1", order["id"])
    held, cart = await staff.availability(ada, boots), await shopping.current_cart(ada)
    again = await shopping.pay(ada, order["id"], "decline_then_ok")

    assert (await shopping.until(ada, order["id"], "paid"))["status"] == "paid"
    assert again.status == 201
    assert held["available"] == 0
    assert [line["product_id"] for line in cart["lines"]] == [boots]


async def test_after_three_declines_the_order_is_cancelled_and_its_stock_is_free(
    shop: Shop,
) -> None:
    ada, boots = await shop.customer(), await shop.product(1)

    placed = (await shopping.buy(ada, {boots: 1}, "decline")).wanted(201).json
    attempts = [await shopping.pay(ada, placed["order"]["id"], "decline") for _ in range(2)]
    order = await shopping.until(ada, placed["order"]["id"], "cancelled")

    assert [(one.status, one.code) for one in attempts] == [(402, "payment-declined")] * 2
    assert [one.json["can_retry"] for one in attempts] == [True, False]
    assert order["reason"] == "payment_failed"
    assert (await staff.until_available(ada, boots, 1))["available"] == 1
    assert [line["product_id"] for line in (await shopping.current_cart(ada))["lines"]] == [boots]


async def test_an_order_that_nobody_pays_is_cancelled_in_time_and_its_stock_is_free(
    shop: Shop,
) -> None:
    ada, boots = await shop.customer(), await shop.product(1)

    placed = (await shopping.buy(ada, {boots: 1}, "requires_action")).wanted(201).json
    order = await shopping.until(ada, placed["order"]["id"], "cancelled")

    assert order["reason"] == "expired"
    assert (await staff.until_available(ada, boots, 1))["available"] == 1


async def test_an_order_whose_stock_is_held_no_longer_is_cancelled(shop: Shop) -> None:
    ada, boots = await shop.customer(), await shop.product(1)
    placed = (await shopping.buy(ada, {boots: 1}, "requires_action")).wanted(201).json["order"]

    await shop.rows("product-service", OVERDUE, placed["id"])

    assert (await shopping.until(ada, placed["id"], "cancelled"))["reason"] == "expired"
    [released] = await shop.told("shop.inventory.released.v1", placed["id"])
    assert released.data["reason"] == "expired"
    assert (await staff.until_available(ada, boots, 1))["available"] == 1


@pytest.mark.parametrize("method", ["webhook_x3", "webhook_out_of_order", "webhook_lost"])
async def test_an_outcome_that_is_told_badly_is_believed_once(shop: Shop, method: str) -> None:
    ada, boots = await shop.customer(), await shop.product(1)

    placed = (await shopping.buy(ada, {boots: 1}, method)).wanted(201).json
    await shopping.until(ada, placed["order"]["id"], "paid")

    paid = await shop.told("shop.order.paid.v1", placed["order"]["id"])
    assert len(paid) == 1


async def test_a_provider_that_hangs_delays_an_order_and_charges_it_once(shop: Shop) -> None:
    ada, boots = await shop.customer(), await shop.product(1)

    placed = (await shopping.buy(ada, {boots: 1}, "timeout_30s")).wanted(201, 202)
    order = await shopping.until(ada, shopping.order_in(placed)["id"], "paid")

    assert (await shop.provider.captured(order["id"])) == order["totals"]["grand"]["amount"]


async def test_a_customer_who_cancels_before_a_late_payment_keeps_no_debt(shop: Shop) -> None:
    ada, boots = await shop.customer(), await shop.product(1)

    placed = (await shopping.buy(ada, {boots: 1}, "success_late")).wanted(201)
    cancelled = await shopping.cancel(ada, shopping.order_in(placed)["id"])
    order = await shopping.until(ada, shopping.order_in(placed)["id"], "cancelled")

    assert cancelled.status == 200
    assert (await staff.until_available(ada, boots, 1))["available"] == 1
    assert order["reason"] == "requested"


async def test_a_provider_that_answers_late_is_waited_for(shop: Shop) -> None:
    ada, boots = await shop.customer(), await shop.product(1)

    placed = (await shopping.buy(ada, {boots: 1}, "success_late")).wanted(201)

    assert await shopping.until(ada, shopping.order_in(placed)["id"], "paid")


async def test_a_forged_webhook_pays_nothing(shop: Shop) -> None:
    ada, boots = await shop.customer(), await shop.product(1)
    placed = (await shopping.buy(ada, {boots: 1}, "requires_action")).wanted(201).json
    [intent] = await shop.provider.intents(placed["order"]["id"])
    forged = {
        "id": "evt_forged",
        "object": "event",
        "created": int(time.time()),
        "type": "payment_intent.succeeded",
        "data": {"object": {**intent, "status": "succeeded", "amount_received": intent["amount"]}},
    }

    refused = await webhook(shop.door, json.dumps(forged).encode(), secret="whsec_of_a_forger")

    assert (refused.status, refused.code) == (400, "bad-signature")
    assert (await shopping.order_of(ada, placed["order"]["id"]))["status"] == "awaiting_payment"


async def test_a_webhook_that_the_provider_sends_again_is_taken_and_changes_nothing(
    shop: Shop, webhook_secret: str
) -> None:
    ada, boots = await shop.customer(), await shop.product(1)
    placed = (await shopping.buy(ada, {boots: 1})).wanted(201).json
    order = await shopping.until(ada, placed["order"]["id"], "paid")
    [row] = await shop.rows("order-service", SUCCESS_OF, order["id"])

    again = await webhook(shop.door, row["raw"], secret=webhook_secret)

    assert again.status == 200
    assert await shopping.order_of(ada, order["id"]) == order


async def test_a_paid_order_that_is_cancelled_is_refunded(shop: Shop) -> None:
    ada, boots = await shop.customer(), await shop.product(1)
    placed = (await shopping.buy(ada, {boots: 1})).wanted(201).json
    order = await shopping.until(ada, placed["order"]["id"], "paid")

    cancelled = await shopping.cancel(ada, order["id"])
    await shopping.until(ada, order["id"], "refunded")

    assert cancelled.status == 202


async def test_support_refunds_no_more_than_was_taken(shop: Shop) -> None:
    ada, boots = await shop.customer(), await shop.product(1)
    support = await shop.staff("support")
    placed = (await shopping.buy(ada, {boots: 1})).wanted(201).json
    order = await shopping.until(ada, placed["order"]["id"], "paid")

    part = await staff.refund(support, order, 500)
    await shopping.until(ada, order["id"], "paid")
    more = await staff.refund(support, order, order["totals"]["grand"]["amount"])

    assert part.status == 201
    assert (more.status, more.code) == (409, "refund-exceeds-captured")
