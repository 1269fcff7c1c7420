"""Payments by each of fakepay's methods, over a real socket to its own process."""

import asyncio
from uuid import uuid4

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from order_service.chassis.money import Money
from order_service.provider import (
    Intent,
    IntentStatus,
    Provider,
    ProviderRefund,
    ProviderRefused,
    ProviderUnavailable,
    RefundStatus,
)

from .conftest import ProviderOf, Shop

PRICE = Money(amount=1999, currency="EUR")


async def pay(provider: Provider, method: str, *, order: str = "", key: str = "") -> Intent:
    order = order or str(uuid4())
    metadata = {"order_id": order}
    return await provider.create_intent(PRICE, method, key=key or f"{uuid4()}", metadata=metadata)


async def test_a_payment_is_processing_and_its_success_is_told(shop: Shop) -> None:
    order = str(uuid4())

    intent = await pay(shop.provider, "ok", order=order)
    [event] = await shop.told("payment_intent.succeeded", intent.id)

    assert intent.status is IntentStatus.processing
    assert isinstance(event.about, Intent)
    assert event.about.status is IntentStatus.succeeded
    assert event.about.captured == PRICE
    assert event.about.metadata == {"order_id": order}


async def test_a_decline_is_an_answer_with_its_reason(shop: Shop) -> None:
    intent = await pay(shop.provider, "decline")
    [event] = await shop.told("payment_intent.payment_failed", intent.id)

    assert intent.status is IntentStatus.declined
    assert intent.decline_code == "insufficient_funds"
    assert isinstance(event.about, Intent)
    assert event.about.status is IntentStatus.declined


async def test_the_second_attempt_of_an_order_may_be_taken(shop: Shop) -> None:
    order = str(uuid4())

    first = await pay(shop.provider, "decline_then_ok", order=order)
    second = await pay(shop.provider, "decline_then_ok", order=order)

    assert (first.status, second.status) == (IntentStatus.declined, IntentStatus.processing)


async def test_an_intent_that_needs_the_customer_says_so_and_waits(shop: Shop) -> None:
    intent = await pay(shop.provider, "requires_action")

    async with shop.fakepay.post(f"/_fakepay/payment_intents/{intent.id}/authenticate"):
        after = await shop.provider.get(intent.id)

    assert intent.status is IntentStatus.requires_action
    assert intent.next_action
    assert intent.client_secret
    assert after.status is IntentStatus.succeeded


async def test_a_provider_that_hangs_is_unavailable_and_the_key_finds_its_payment_again(
    shop: Shop, fakepay_url: str, provider_of: ProviderOf
) -> None:
    key = str(uuid4())
    async with provider_of(fakepay_url, timeout_seconds="0.3") as hurried:
        with pytest.raises(ProviderUnavailable, match="did not answer in time"):
            await pay(hurried, "timeout_30s", order="7", key=key)

    with pytest.raises(ProviderUnavailable, match="409"):  # it still works on the first request
        await pay(shop.provider, "timeout_30s", order="7", key=key)
    intent = await _answered(shop.provider, order="7", key=key)

    assert (await shop.provider.get(intent.id)).captured == PRICE
    assert await _intents_of(shop, "7") == 1


async def test_a_payment_that_succeeds_late_can_be_cancelled_before(shop: Shop) -> None:
    intent = await pay(shop.provider, "success_late")

    cancelled = await shop.provider.cancel(intent.id)
    again = await shop.provider.cancel(intent.id)

    assert intent.status is IntentStatus.processing
    assert cancelled.status is again.status is IntentStatus.cancelled


async def test_a_payment_that_was_taken_is_answered_as_taken_where_it_is_cancelled(
    shop: Shop,
) -> None:
    intent = await pay(shop.provider, "ok")
    await shop.told("payment_intent.succeeded", intent.id)

    assert (await shop.provider.cancel(intent.id)).status is IntentStatus.succeeded


async def test_an_outcome_that_is_told_three_times_has_one_id(shop: Shop) -> None:
    intent = await pay(shop.provider, "webhook_x3")

    told = await shop.told("payment_intent.succeeded", intent.id, times=3)

    assert len({event.id for event in told}) == 1


async def test_events_out_of_order_say_what_was_when_they_were_made(shop: Shop) -> None:
    intent = await pay(shop.provider, "webhook_out_of_order")

    [created] = await shop.told("payment_intent.created", intent.id)
    [succeeded] = await shop.told("payment_intent.succeeded", intent.id)

    assert isinstance(created.about, Intent)
    assert isinstance(succeeded.about, Intent)
    assert created.about.status is IntentStatus.processing
    assert succeeded.about.status is IntentStatus.succeeded


async def test_an_outcome_that_is_never_told_can_be_asked_for(shop: Shop) -> None:
    intent = await pay(shop.provider, "webhook_lost")

    async with asyncio.timeout(10):
        while (await shop.provider.get(intent.id)).status is not IntentStatus.succeeded:
            pass  # asking is waiting

    assert "payment_intent.succeeded" not in shop.order_of(intent.id)


async def test_a_repeated_key_has_one_effect(shop: Shop) -> None:
    order = str(uuid4())

    first = await pay(shop.provider, "ok", order=order, key=f"order:{order}:pay:1")
    again = await pay(shop.provider, "ok", order=order, key=f"order:{order}:pay:1")

    assert first.id == again.id


async def test_a_refund_is_made_once_for_its_key_and_never_of_more_than_was_taken(
    shop: Shop,
) -> None:
    intent = await pay(shop.provider, "ok")
    await shop.told("payment_intent.succeeded", intent.id)
    part, key = Money(amount=1500, currency="EUR"), str(uuid4())

    refund = await shop.provider.refund(intent.id, part, key=key)
    again = await shop.provider.refund(intent.id, part, key=key)
    [event] = await shop.told("refund.created", refund.id)
    with pytest.raises(ProviderRefused) as refused:
        await shop.provider.refund(intent.id, part, key=str(uuid4()))

    assert again == refund == ProviderRefund(refund.id, intent.id, part, RefundStatus.succeeded)
    assert event.about == refund
    assert refused.value.reason == "amount_too_large"


async def test_an_unknown_method_is_refused_by_the_name_of_its_parameter(shop: Shop) -> None:
    with pytest.raises(ProviderRefused) as refused:
        await pay(shop.provider, "gold")

    assert refused.value.parameter == "payment_method"


async def test_a_currency_that_the_provider_counts_otherwise_is_refused(shop: Shop) -> None:
    krona = Money(amount=500, currency="ISK")

    with pytest.raises(ProviderRefused, match="ISK"):
        await shop.provider.create_intent(krona, "ok", key="k", metadata={})


async def test_a_wrong_api_key_is_refused(fakepay_url: str, provider_of: ProviderOf) -> None:
    async with provider_of(fakepay_url, api_key="sk_of_somebody_else") as stranger:
        with pytest.raises(ProviderRefused, match="Invalid API Key"):
            await stranger.get("pi_1")


async def test_a_provider_that_is_away_is_unavailable(provider_of: ProviderOf) -> None:
    async with provider_of("http://127.0.0.1:1") as away:
        with pytest.raises(ProviderUnavailable, match="cannot be reached"):
            await pay(away, "ok")


async def test_an_answer_that_makes_no_sense_is_none(provider_of: ProviderOf) -> None:
    async def nonsense(_: web.Request) -> web.Response:
        return web.json_response({"id": 7})

    app = web.Application()
    app.router.add_get("/v1/payment_intents/pi_1", nonsense)
    async with TestServer(app) as server, provider_of(str(server.make_url("/"))) as provider:
        with pytest.raises(ProviderUnavailable, match="makes no sense"):
            await provider.get("pi_1")


async def _answered(provider: Provider, *, order: str, key: str) -> Intent:
    """The first answer to this key, as soon as there is one."""
    async with asyncio.timeout(10):
        while True:
            try:
                return await pay(provider, "timeout_30s", order=order, key=key)
            except ProviderUnavailable:
                await asyncio.sleep(0.05)


async def _intents_of(shop: Shop, order: str) -> int:
    async with shop.fakepay.get("/_fakepay/ledger") as answer:
        intents = (await answer.json())["payment_intents"]
    return sum(intent["metadata"]["order_id"] == order for intent in intents)
