"""What the payment provider tells, and what somebody tells who is not the provider."""

import json
import time
from typing import Any

import pytest
from httpx import Response

from tests.fakepay.webhooks import event, signature
from tests.fixtures import WEBHOOK_SECRET
from tests.neighbours import Json
from tests.shop import Person, Shop

DOOR = "/v1/webhooks/payments/fakepay"


async def tell(
    shop: Shop, body: bytes, *, secret: str = WEBHOOK_SECRET, at: float = 0, path: str = DOOR
) -> Response:
    signed = signature(secret, body, int(at or time.time()))
    return await shop.http.post(path, content=body, headers={"stripe-signature": signed})


def bytes_of(told: Json) -> bytes:
    return json.dumps(told, separators=(",", ":")).encode()


async def intent_of(shop: Shop, order: str, **changes: Any) -> Json:  # Any: JSON
    """The payment of an order as the provider shows it, but for these changes."""
    async with shop.fakepay.get("_fakepay/ledger") as answer:
        intents = (await answer.json())["payment_intents"]
    found = next(one for one in intents if one["metadata"]["order_id"] == order)
    return {**found, **changes}


async def success_of(shop: Shop, order: str, **changes: Any) -> bytes:  # Any: JSON
    intent = await intent_of(
        shop, order, status="succeeded", amount_received=4488, next_action=None, **changes
    )
    return bytes_of(event("payment_intent.succeeded", intent))


async def test_a_success_pays_the_order(shop: Shop, ada: Person) -> None:
    order = await shop.placed(ada, "requires_action")
    await shop.authenticate(order)

    answer = await tell(shop, await success_of(shop, order))

    assert answer.status_code == 200
    await shop.until(ada, order, "paid")


async def test_the_same_event_again_is_taken_and_does_nothing(shop: Shop, ada: Person) -> None:
    order = await shop.paid(ada)
    body = await success_of(shop, order)

    statuses = [(await tell(shop, body)).status_code for _ in range(3)]

    assert statuses == [200, 200, 200]
    await shop.until_settled()
    assert await shop.told(order) == ["created", "awaiting_payment", "paid"]


async def test_a_forged_event_is_refused_and_changes_nothing(shop: Shop, ada: Person) -> None:
    order = await shop.placed(ada, "requires_action")

    refused = await tell(shop, await success_of(shop, order), secret="whsec_of_somebody_else")

    assert (refused.status_code, refused.json()["code"]) == (400, "bad-signature")
    assert (await shop.read(ada, order))["status"] == "awaiting_payment"


async def test_an_event_with_other_bytes_than_were_signed_is_refused(shop: Shop) -> None:
    body = bytes_of(event("payment_intent.succeeded", {}))
    headers = {"stripe-signature": signature(WEBHOOK_SECRET, body, int(time.time()))}

    refused = await shop.http.post(DOOR, content=body + b" ", headers=headers)

    assert (refused.status_code, refused.json()["code"]) == (400, "bad-signature")


async def test_an_old_event_is_refused(shop: Shop, ada: Person) -> None:
    order = await shop.placed(ada, "requires_action")

    refused = await tell(shop, await success_of(shop, order), at=time.time() - 301)

    assert (refused.status_code, refused.json()["code"]) == (400, "stale-timestamp")
    assert (await shop.read(ada, order))["status"] == "awaiting_payment"


async def test_an_event_of_an_unknown_type_is_taken(shop: Shop) -> None:
    answer = await tell(shop, bytes_of(event("charge.dispute.created", {"object": "dispute"})))

    assert answer.status_code == 200


async def test_a_refund_that_fails_on_its_way_is_an_error_in_the_log(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    refund = {
        "id": "re_1",
        "object": "refund",
        "amount": 500,
        "currency": "eur",
        "payment_intent": "pi_1",
        "status": "failed",
    }

    answer = await tell(shop, bytes_of(event("refund.failed", refund)))

    assert answer.status_code == 200
    assert "refund.failed_later" in capsys.readouterr().out


async def test_an_event_of_nobody_we_know_is_taken(shop: Shop, ada: Person) -> None:
    order = await shop.placed(ada, "requires_action")

    answer = await tell(shop, await success_of(shop, order, id="pi_other", metadata={}))

    assert answer.status_code == 200
    assert (await shop.read(ada, order))["status"] == "awaiting_payment"


async def test_another_amount_is_not_a_payment_of_the_order(shop: Shop, ada: Person) -> None:
    order = await shop.placed(ada, "requires_action")

    answer = await tell(shop, await success_of(shop, order, amount=1))

    assert answer.status_code == 200
    assert (await shop.read(ada, order))["status"] == "awaiting_payment"


async def test_a_success_for_a_cancelled_order_is_given_back_in_full(
    shop: Shop, ada: Person
) -> None:
    order = await shop.placed(ada, "requires_action")
    await shop.authenticate(order)
    await shop.until(ada, order, "paid")
    body = await success_of(shop, order)
    await shop.database.execute(
        "UPDATE payments SET status = 'cancelled' WHERE order_id = $1", order
    )
    await shop.database.execute("UPDATE orders SET status = 'cancelled' WHERE id = $1", order)

    assert (await tell(shop, body)).status_code == 200

    await shop.until_settled()
    assert await shop.books(order) == (4488, 4488)
    assert (await shop.read(ada, order))["status"] == "cancelled"
    assert (await shop.told(order))[-1] == "refunded"


async def test_what_is_larger_than_64_kib_is_not_read(shop: Shop) -> None:
    refused = await tell(shop, b" " * (64 * 1024 + 1))

    assert (refused.status_code, refused.json()["code"]) == (413, "body-too-large")


async def test_another_provider_is_not_known(shop: Shop) -> None:
    answer = await tell(shop, b"{}", path="/v1/webhooks/payments/paypal")

    assert answer.status_code == 404
