"""A webhook is believed only if one who knows a secret signed exactly it, and just now."""

import json
import time

import pytest

from order_service.chassis.errors import MalformedJson
from order_service.provider import BadSignature, StaleTimestamp, Stripe

from .conftest import SECRET, ProviderOf
from tests.fakepay.webhooks import event, signature

REFUND = {
    "id": "re_1",
    "object": "refund",
    "amount": 100,
    "currency": "eur",
    "payment_intent": "pi_1",
    "status": "succeeded",
}
RAW = json.dumps(event("refund.created", REFUND)).encode()
OTHER = "whsec_that_comes_after_it"


@pytest.fixture
def provider(provider_of: ProviderOf) -> Stripe:
    return provider_of("http://127.0.0.1:1")


def signed(secret: str, raw: bytes = RAW, *, ago: int = 0) -> dict[str, str]:
    return {"stripe-signature": signature(secret, raw, int(time.time()) - ago)}


def test_a_signed_event_is_read(provider: Stripe) -> None:
    assert provider.parse_webhook(signed(SECRET), RAW).type == "refund.created"


@pytest.mark.parametrize(
    "header",
    ["", "t=1", "v1=00", "t=now,v1=00", f"t=1,t=2,v1={64 * '0'}", f"t=-1,v1={64 * '0'}", "é"],
)
def test_a_header_that_is_no_signature_is_refused(provider: Stripe, header: str) -> None:
    with pytest.raises(BadSignature):
        provider.parse_webhook({"stripe-signature": header}, RAW)


def test_a_webhook_without_a_signature_is_refused(provider: Stripe) -> None:
    with pytest.raises(BadSignature):
        provider.parse_webhook({}, RAW)


def test_a_forged_signature_is_refused(provider: Stripe) -> None:
    with pytest.raises(BadSignature):
        provider.parse_webhook(signed("whsec_of_a_forger_who_guesses"), RAW)


def test_a_body_that_was_changed_is_refused(provider: Stripe) -> None:
    with pytest.raises(BadSignature):
        provider.parse_webhook(signed(SECRET), RAW.replace(b"100", b"999"))


def test_a_time_that_was_changed_is_refused(provider: Stripe) -> None:
    _, _, code = signed(SECRET, ago=900)["stripe-signature"].partition(",")

    with pytest.raises(BadSignature):
        provider.parse_webhook({"stripe-signature": f"t={int(time.time())},{code}"}, RAW)


@pytest.mark.parametrize("ago", [310, -310])
def test_a_signature_of_another_time_is_stale(provider: Stripe, ago: int) -> None:
    with pytest.raises(StaleTimestamp):
        provider.parse_webhook(signed(SECRET, ago=ago), RAW)


def test_an_old_forgery_is_not_told_that_it_is_old(provider: Stripe) -> None:
    with pytest.raises(BadSignature):
        provider.parse_webhook(signed(OTHER, ago=900), RAW)


@pytest.mark.parametrize("secret", [SECRET, OTHER])
def test_both_secrets_are_good_while_one_is_exchanged(provider_of: ProviderOf, secret: str) -> None:
    provider = provider_of("http://127.0.0.1:1", webhook_secrets=f"{OTHER},{SECRET}")

    assert provider.parse_webhook(signed(secret), RAW)


def test_a_header_with_two_signatures_needs_one_good_one(provider: Stripe) -> None:
    at = int(time.time())
    _, _, other = signature(OTHER, RAW, at).partition(",")

    header = f"{signature(SECRET, RAW, at)},{other},v0=00"

    assert provider.parse_webhook({"Stripe-Signature": header}, RAW)


def test_an_event_about_something_else_is_taken_and_about_nothing(provider: Stripe) -> None:
    raw = json.dumps(event("customer.created", {"id": "cus_1", "object": "customer"})).encode()

    assert provider.parse_webhook(signed(SECRET, raw), raw).about is None


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b'{"id":"evt_1"}', b"\xff"])
def test_what_is_signed_and_no_event_is_malformed(provider: Stripe, raw: bytes) -> None:
    with pytest.raises(MalformedJson):
        provider.parse_webhook(signed(SECRET, raw), raw)
