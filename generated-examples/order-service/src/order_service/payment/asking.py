"""What the provider is asked about payments, each so that it can be asked again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from ..order.rejection import Rejection
from ..provider import Intent, IntentStatus, Provider, ProviderRefused
from .models import Payment, PaymentStatus


@dataclass(frozen=True, slots=True)
class News:
    """What the provider says of a payment."""

    payment_id: UUID
    intent: Intent


@dataclass(frozen=True, slots=True)
class Nothing:
    """What was asked and answered where nobody had to be asked."""


async def charge(provider: Provider, attempts: Sequence[Payment]) -> News | Rejection | Nothing:
    """Try to take the money with the last attempt, once the one before it cannot succeed any more.

    The news may be of that one: then it did succeed, and nothing more is taken.
    """
    *before, payment = attempts
    if payment.status is not PaymentStatus.created or any(one.succeeded for one in before):
        return Nothing()
    for earlier in before[-1:]:
        if earlier.provider_id is not None:
            intent = await provider.cancel(earlier.provider_id)
            if intent.status is IntentStatus.succeeded:
                return News(earlier.id, intent)
    return await _create(provider, payment)


async def give_up(provider: Provider, attempts: Sequence[Payment]) -> News | Rejection | Nothing:
    """Void the last attempt.

    The provider may have one that we never heard of: with its key we get it, to void it.
    """
    if not attempts or not attempts[-1].open:
        return Nothing()
    payment = attempts[-1]
    if payment.provider_id is not None:
        return News(payment.id, await provider.cancel(payment.provider_id))
    made = await _create(provider, payment)
    if isinstance(made, Rejection) or not made.intent.status.open:
        return made
    return News(payment.id, await provider.cancel(made.intent.id))


async def _create(provider: Provider, payment: Payment) -> News | Rejection:
    try:
        intent = await provider.create_intent(
            payment.amount, payment.method, key=payment.key, metadata=payment.metadata
        )
    except ProviderRefused as refused:
        if refused.parameter == "payment_method":
            return Rejection(reason="payment_method_unknown")
        raise
    return News(payment.id, intent)
