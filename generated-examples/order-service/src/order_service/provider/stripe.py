"""The port in Stripe's wire format, over aiohttp, which the chassis has for its own calls anyway.

One attempt per call: repeating is the saga's, which keeps the key. Stripe's own pages say what each
field means: https://docs.stripe.com/api/payment_intents
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import ClassVar, Final
from urllib.parse import quote

from pydantic import ValidationError

from ..chassis import deferred
from ..chassis.errors import MalformedJson
from ..chassis.money import Money
from ..chassis.resource import Resource
from ..chassis.tracing import Tracing
from ..settings import PaymentSettings
from .exchange import Exchange
from .port import Intent, ProviderEvent, ProviderRefund, ProviderRefused
from .signature import verify
from .wire import EventDocument, IntentDocument, RefundDocument, Refusal

# Stripe counts these in another unit than ISO 4217 does, so that an amount would be a hundredfold.
_COUNTED_OTHERWISE: Final = frozenset({"ISK", "MGA", "UGX"})
_INTENTS: Final = "/v1/payment_intents"


class Stripe(Resource):
    """A `Provider`; which one, its settings say."""

    name: ClassVar[str] = "payments"

    def __init__(self, settings: PaymentSettings, tracing: Tracing) -> None:
        self._settings = settings
        self._exchange = Exchange(settings, tracing)

    @property
    def id(self) -> str:
        return self._settings.provider

    async def listening(self) -> None:
        await deferred.load("aiohttp")

    async def __aexit__(self, *error: object) -> None:
        await self._exchange.close()

    async def create_intent(
        self, amount: Money, method: str, *, key: str, metadata: Mapping[str, str]
    ) -> Intent:
        form = _priced(amount) | {
            "payment_method": method,
            "payment_method_types[]": "card",  # one that needs no page to come back to
            "confirm": "true",
            **{f"metadata[{name}]": value for name, value in metadata.items()},
        }
        answer = await self._exchange.post(_INTENTS, form, key=key)
        if answer.status == 402 and (declined := answer.read(Refusal).error.payment_intent):
            return declined.intent
        return answer.good().read(IntentDocument).intent

    async def get(self, id: str) -> Intent:
        answer = await self._exchange.get(f"{_INTENTS}/{_part(id)}")
        return answer.good().read(IntentDocument).intent

    async def cancel(self, id: str) -> Intent:
        answer = await self._exchange.post(f"{_INTENTS}/{_part(id)}/cancel", {})
        try:
            return answer.good().read(IntentDocument).intent
        except ProviderRefused as refused:
            if refused.reason != "payment_intent_unexpected_state":
                raise
            return await self.get(id)  # cancelled before, or paid

    async def refund(self, intent_id: str, amount: Money, *, key: str) -> ProviderRefund:
        form = {"payment_intent": intent_id, "amount": str(amount.amount)}
        answer = await self._exchange.post("/v1/refunds", form, key=key)
        return answer.good().read(RefundDocument).refund

    def parse_webhook(self, headers: Mapping[str, str], raw: bytes) -> ProviderEvent:
        signed = {name.lower(): value for name, value in headers.items()}.get("stripe-signature")
        verify(signed or "", raw, self._settings.webhook_secrets, now=time.time())
        try:
            return EventDocument.model_validate_json(raw).event
        except ValidationError as error:
            raise MalformedJson("the body is signed, and yet no event") from error


def _priced(amount: Money) -> dict[str, str]:
    """Raises ProviderRefused for a currency that Stripe counts in another unit than we do."""
    if amount.currency in _COUNTED_OTHERWISE:
        message = f"payments in {amount.currency} cannot be taken"
        raise ProviderRefused(message, reason="currency_not_supported", parameter="currency")
    return {"amount": str(amount.amount), "currency": amount.currency.lower()}


def _part(id: str) -> str:
    return quote(id, safe="")
