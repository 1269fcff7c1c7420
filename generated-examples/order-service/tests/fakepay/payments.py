"""What happens to a payment: its method decides, and the shop is told."""

import asyncio
from typing import Any

from .ledger import DECLINED, Intent, Ledger, Refused
from .methods import METHODS, Method
from .settings import FakepaySettings
from .webhooks import Webhooks, event


class Payments:
    """Takes payments, settles them in their time, and tells of each step."""

    def __init__(self, settings: FakepaySettings, ledger: Ledger, webhooks: Webhooks) -> None:
        self._settings = settings
        self._ledger = ledger
        self._webhooks = webhooks
        self._settling: dict[str, asyncio.Task[None]] = {}

    async def take(self, intent: Intent) -> dict[str, Any]:  # Any: JSON
        """The new intent after its confirmation; raises Refused (402) where it is declined."""
        method = METHODS[intent.payment_method]
        declined = self._ledger.attempts(intent.metadata.get("order_id", intent.id))
        self._ledger.add(intent)
        if not method.reordered:
            self._tell("created", intent, method)
        if declined < method.declines:
            raise self._decline(intent, method)
        if method.needs_action:
            return self._ledger.settle(intent.id, "requires_action").document
        self._settling[intent.id] = asyncio.create_task(self._settle_later(intent.id, method))
        if method.hangs:
            await asyncio.sleep(self._settings.hang_seconds)
        return self._ledger.get(intent.id).document

    def authenticate(self, id: str) -> dict[str, Any]:  # Any: JSON
        """The customer has done what was required, or the late one need not wait any longer."""
        intent = self._ledger.get(id)
        self._succeed(id, METHODS[intent.payment_method])
        return self._ledger.get(id).document

    def cancel(self, id: str) -> dict[str, Any]:  # Any: JSON
        """Raises Refused (400) where the money was already taken."""
        before = self._ledger.get(id)
        intent = self._ledger.settle(id, "canceled")
        if before.status != "canceled":
            self._tell("canceled", intent, METHODS[intent.payment_method])
        return intent.document

    def refund(self, id: str, amount: int | None) -> dict[str, Any]:  # Any: JSON
        refund = self._ledger.refund(id, amount)
        self._webhooks.send(event("refund.created", refund))
        return refund

    async def close(self) -> None:
        for settling in self._settling.values():
            settling.cancel()
        await asyncio.gather(*self._settling.values(), return_exceptions=True)

    async def _settle_later(self, id: str, method: Method) -> None:
        late = self._settings.late_seconds if method.late else self._settings.settle_seconds
        await asyncio.sleep(late)
        if self._ledger.get(id).status == "processing":
            self._succeed(id, method)

    def _succeed(self, id: str, method: Method) -> None:
        before = self._ledger.get(id)
        intent = self._ledger.settle(id, "succeeded")
        if before.status == "succeeded":
            return
        self._tell("succeeded", intent, method)
        if method.reordered:
            self._tell("created", before, method)

    def _decline(self, intent: Intent, method: Method) -> Refused:
        failed = self._ledger.settle(intent.id, "requires_payment_method")
        self._tell("payment_failed", failed, method)
        more = {"decline_code": DECLINED, "payment_intent": failed.document}
        return Refused(402, "card_error", "card_declined", "Your card was declined.", **more)

    def _tell(self, what: str, intent: Intent, method: Method) -> None:
        told = event(f"payment_intent.{what}", intent.document)
        for _ in range(method.webhooks if what == "succeeded" else 1):
            self._webhooks.send(told)
