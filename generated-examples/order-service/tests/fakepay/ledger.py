"""The provider's books: every payment intent, every refund, and what they add up to."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field, replace
from typing import Any, Final

DECLINED: Final = "insufficient_funds"


class Refused(Exception):
    """An answer in Stripe's form of an error; `more` are fields beside type, code and message."""

    def __init__(self, status: int, kind: str, code: str, message: str, **more: object) -> None:
        super().__init__(message)
        self.status = status
        self.document = {"error": {"type": kind, "code": code, "message": message, **more}}


def invalid(code: str, message: str, **more: object) -> Refused:
    return Refused(400, "invalid_request_error", code, message, **more)


@dataclass(frozen=True)
class Intent:
    """One payment intent; `amount` is in the currency's smallest unit."""

    amount: int
    currency: str
    payment_method: str
    metadata: dict[str, str]
    id: str = field(default_factory=lambda: f"pi_{secrets.token_hex(12)}")
    created: int = field(default_factory=lambda: int(time.time()))
    status: str = "processing"
    amount_refunded: int = 0

    @property
    def captured(self) -> int:
        return self.amount if self.status == "succeeded" else 0

    @property
    def document(self) -> dict[str, Any]:  # Any: JSON
        """The intent as Stripe's API shows it."""
        return {
            "id": self.id,
            "object": "payment_intent",
            "amount": self.amount,
            "amount_received": self.captured,
            "client_secret": f"{self.id}_secret",
            "created": self.created,
            "currency": self.currency,
            "last_payment_error": self._error,
            "livemode": False,
            "metadata": self.metadata,
            "next_action": self._next_action,
            "payment_method": self.payment_method,
            "status": self.status,
        }

    @property
    def _error(self) -> dict[str, str] | None:
        if self.status != "requires_payment_method":
            return None
        return {"type": "card_error", "code": "card_declined", "decline_code": DECLINED}

    @property
    def _next_action(self) -> dict[str, Any] | None:  # Any: JSON
        if self.status != "requires_action":
            return None
        return {"type": "use_stripe_sdk", "use_stripe_sdk": {}}


class Ledger:
    """All intents and refunds; an intent succeeds, fails or is cancelled once."""

    def __init__(self) -> None:
        self._intents: dict[str, Intent] = {}
        self._refunds: dict[str, dict[str, Any]] = {}  # Any: JSON

    def add(self, intent: Intent) -> Intent:
        self._intents[intent.id] = intent
        return intent

    def get(self, id: str) -> Intent:
        """Raises Refused (404) for an id that was never given out."""
        if id not in self._intents:
            message = f"No such payment_intent: {id}"
            raise Refused(404, "invalid_request_error", "resource_missing", message)
        return self._intents[id]

    def attempts(self, order: str) -> int:
        """How many intents one order has had."""
        return sum(one.metadata.get("order_id") == order for one in self._intents.values())

    def settle(self, id: str, status: str) -> Intent:
        """The intent in its final state; Refused (400) where it already has another one."""
        intent = self.get(id)
        if intent.status in ("succeeded", "canceled") and intent.status != status:
            code = "payment_intent_unexpected_state"
            raise invalid(code, f"{id} has status {intent.status}, and cannot become {status}")
        return self.add(replace(intent, status=status))

    def refund(self, id: str, amount: int | None) -> dict[str, Any]:  # Any: JSON
        """Give back so much, or all that is left; Refused (400) where it is more than that."""
        intent = self.get(id)
        left = intent.captured - intent.amount_refunded
        wanted = left if amount is None else amount
        if not 0 < wanted <= left:
            raise invalid("amount_too_large", f"{wanted} cannot be refunded: {left} is left")
        self.add(replace(intent, amount_refunded=intent.amount_refunded + wanted))
        refund = {
            "id": f"re_{secrets.token_hex(12)}",
            "object": "refund",
            "amount": wanted,
            "created": int(time.time()),
            "currency": intent.currency,
            "payment_intent": id,
            "status": "succeeded",
        }
        self._refunds[str(refund["id"])] = refund
        return refund

    @property
    def document(self) -> dict[str, Any]:  # Any: JSON
        """What was captured and given back, for whoever checks the books against ours."""
        intents = list(self._intents.values())
        return {
            "captured": sum(intent.captured for intent in intents),
            "refunded": sum(intent.amount_refunded for intent in intents),
            "payment_intents": [
                intent.document | {"amount_refunded": intent.amount_refunded} for intent in intents
            ],
            "refunds": list(self._refunds.values()),
        }
