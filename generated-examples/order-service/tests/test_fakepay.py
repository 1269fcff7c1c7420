"""The payment provider behaves like the one that it stands for."""

import asyncio
from collections.abc import Mapping
from typing import Any

import aiohttp

from .fakepay.fixtures import WEBHOOK_SECRET, Door
from .fakepay.webhooks import signature


async def pay(
    fakepay: aiohttp.ClientSession, method: str, *, order: str = "7", key: str = ""
) -> tuple[int, dict[str, Any], Mapping[str, str]]:  # Any: JSON
    form = {
        "amount": "1999",
        "currency": "eur",
        "payment_method": method,
        "confirm": "true",
        "metadata[order_id]": order,
    }
    headers = {"idempotency-key": key} if key else {}
    async with fakepay.post("v1/payment_intents", data=form, headers=headers) as answer:
        return answer.status, await answer.json(), answer.headers


async def test_a_payment_is_processing_and_its_success_is_told(
    fakepay: aiohttp.ClientSession, door: Door
) -> None:
    status, intent, _ = await pay(fakepay, "ok")
    [event] = await door.until("payment_intent.succeeded")

    assert (status, intent["status"]) == (200, "processing")
    assert event["data"]["object"]["id"] == intent["id"]
    assert event["data"]["object"]["amount_received"] == 1999


async def test_a_webhook_is_signed_over_its_time_and_its_raw_body(
    fakepay: aiohttp.ClientSession, door: Door
) -> None:
    await pay(fakepay, "ok")
    await door.until("payment_intent.succeeded")

    sent, body = door.signatures[0]
    at = int(sent.removeprefix("t=").partition(",")[0])

    assert sent == signature(WEBHOOK_SECRET, body, at)


async def test_a_webhook_that_is_refused_is_sent_again(
    fakepay: aiohttp.ClientSession, door: Door
) -> None:
    door.refusals = 2

    await pay(fakepay, "ok")

    assert await door.until("payment_intent.succeeded")


async def test_a_declined_payment_says_why(fakepay: aiohttp.ClientSession, door: Door) -> None:
    status, answer, _ = await pay(fakepay, "decline")
    await door.until("payment_intent.payment_failed")

    assert status == 402
    assert answer["error"]["decline_code"] == "insufficient_funds"
    assert answer["error"]["payment_intent"]["status"] == "requires_payment_method"


async def test_the_second_attempt_of_an_order_is_taken_where_the_first_was_declined(
    fakepay: aiohttp.ClientSession, door: Door
) -> None:
    first, _, _ = await pay(fakepay, "decline_then_ok")
    second, _, _ = await pay(fakepay, "decline_then_ok")

    assert (first, second) == (402, 200)


async def test_an_outcome_can_be_told_three_times(
    fakepay: aiohttp.ClientSession, door: Door
) -> None:
    await pay(fakepay, "webhook_x3")

    told = await door.until("payment_intent.succeeded", times=3)

    assert len({event["id"] for event in told}) == 1


async def test_a_lost_outcome_can_be_asked_for(fakepay: aiohttp.ClientSession, door: Door) -> None:
    _, intent, _ = await pay(fakepay, "webhook_lost")
    await door.until("payment_intent.created")

    async with asyncio.timeout(10):
        while (await _get(fakepay, intent["id"]))["status"] != "succeeded":
            pass  # asking is waiting

    assert door.of("payment_intent.succeeded") == []


async def test_an_action_is_required_until_the_customer_has_taken_it(
    fakepay: aiohttp.ClientSession, door: Door
) -> None:
    _, intent, _ = await pay(fakepay, "requires_action")

    path = f"_fakepay/payment_intents/{intent['id']}/authenticate"
    async with fakepay.post(path) as answer:
        after = await answer.json()

    assert (intent["status"], after["status"]) == ("requires_action", "succeeded")


async def test_a_repeated_key_gets_the_first_answer_and_takes_the_money_once(
    fakepay: aiohttp.ClientSession, door: Door
) -> None:
    _, first, _ = await pay(fakepay, "ok", key="order:7:pay:1")
    _, again, headers = await pay(fakepay, "ok", key="order:7:pay:1")
    await door.until("payment_intent.succeeded")

    assert again["id"] == first["id"]
    assert headers["idempotent-replayed"] == "true"
    assert (await _books(fakepay))["captured"] == 1999


async def test_a_key_with_other_parameters_is_refused(
    fakepay: aiohttp.ClientSession, door: Door
) -> None:
    await pay(fakepay, "ok", key="order:7:pay:1")

    status, answer, _ = await pay(fakepay, "ok", order="8", key="order:7:pay:1")

    assert status == 400
    assert answer["error"]["type"] == "idempotency_error"


async def test_a_key_in_flight_is_refused_until_there_is_an_answer(
    fakepay: aiohttp.ClientSession, door: Door
) -> None:
    answers = await asyncio.gather(*(pay(fakepay, "timeout_30s", key="k") for _ in range(2)))

    assert sorted(status for status, _, _ in answers) == [200, 409]


async def test_no_more_is_refunded_than_was_captured(
    fakepay: aiohttp.ClientSession, door: Door
) -> None:
    _, intent, _ = await pay(fakepay, "ok")
    await door.until("payment_intent.succeeded")

    statuses = [await _refund(fakepay, intent["id"], amount) for amount in ("1500", "500", "499")]

    assert statuses == [200, 400, 200]
    assert (await _books(fakepay))["refunded"] == 1999


async def test_a_payment_that_succeeded_is_not_cancelled(
    fakepay: aiohttp.ClientSession, door: Door
) -> None:
    _, intent, _ = await pay(fakepay, "ok")
    await door.until("payment_intent.succeeded")

    async with fakepay.post(f"v1/payment_intents/{intent['id']}/cancel") as answer:
        assert answer.status == 400


async def test_a_wrong_key_of_the_shop_is_refused(fakepay: aiohttp.ClientSession) -> None:
    headers = {"authorization": "Bearer sk_wrong"}

    async with fakepay.get("v1/payment_intents/pi_1", headers=headers) as answer:
        assert answer.status == 401


async def _get(fakepay: aiohttp.ClientSession, id: str) -> dict[str, Any]:  # Any: JSON
    async with fakepay.get(f"v1/payment_intents/{id}") as answer:
        return dict(await answer.json())


async def _refund(fakepay: aiohttp.ClientSession, id: str, amount: str) -> int:
    async with fakepay.post("v1/refunds", data={"payment_intent": id, "amount": amount}) as answer:
        return answer.status


async def _books(fakepay: aiohttp.ClientSession) -> dict[str, Any]:  # Any: JSON
    async with fakepay.get("_fakepay/ledger") as answer:
        return dict(await answer.json())
