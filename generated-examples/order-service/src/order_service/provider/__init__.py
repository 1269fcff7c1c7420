"""The payment provider, as this service wants to see it: `port` says what, `stripe` does it.

    provider = Stripe(app.settings(PaymentSettings), app.tracing)
    app.own(provider)  # opened with the service; use cases ask for a `Provider`

Stripe's wire format is spoken by Stripe and by fakepay, which stands for it here: PAYMENTS_URL says
which of them is asked, and PAYMENTS_PROVIDER by which name it calls back.
"""

from __future__ import annotations

from .port import (
    Intent,
    IntentStatus,
    Provider,
    ProviderEvent,
    ProviderRefund,
    ProviderRefused,
    ProviderUnavailable,
    RefundStatus,
)
from .signature import BadSignature, StaleTimestamp
from .stripe import Stripe

__all__ = [
    "BadSignature",
    "Intent",
    "IntentStatus",
    "Provider",
    "ProviderEvent",
    "ProviderRefund",
    "ProviderRefused",
    "ProviderUnavailable",
    "RefundStatus",
    "StaleTimestamp",
    "Stripe",
]
