"""The payment methods, and what each of them does to a payment."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Method:
    """What happens to a payment that is confirmed with this method.

    `declines` is how many attempts of one order are declined before one is taken; `webhooks` is how
    often the outcome is told, and `reordered` tells it before the payment was created.
    """

    declines: int = 0
    needs_action: bool = False
    late: bool = False
    hangs: bool = False
    webhooks: int = 1
    reordered: bool = False


ALWAYS: Final = 1_000_000
METHODS: Final = {
    "ok": Method(),
    "decline": Method(declines=ALWAYS),
    "decline_then_ok": Method(declines=1),
    "requires_action": Method(needs_action=True),
    "timeout_30s": Method(hangs=True),
    "success_late": Method(late=True),
    "webhook_x3": Method(webhooks=3),
    "webhook_out_of_order": Method(reordered=True),
    "webhook_lost": Method(webhooks=0),
}
