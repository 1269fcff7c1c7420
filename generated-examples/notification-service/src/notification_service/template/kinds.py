"""The mails that there are: what each is for, and what its template can say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

Data = Mapping[str, object]  # what fills a template: text, truth, and lists of the same


class Category(StrEnum):
    """What a user may want or not; only what is optional can be switched off."""

    account = "account"
    orders = "orders"
    reminders = "reminders"

    @property
    def optional(self) -> bool:
        return self is Category.reminders


@dataclass(frozen=True, slots=True)
class Kind:
    """One mail; `sample` has every name that its template can use, as an example."""

    category: Category
    sample: Data


GOODBYE: Final = "account-deleted"  # the one mail that somebody gets who is erased

_LINES: Final = [
    {"name": "Leather jacket", "quantity": "1", "price": "129.00 EUR"},
    {"name": "Socks", "quantity": "3", "price": "4.50 EUR"},
]
_ORDER: Final = {"number": "2026-000042", "order_id": "01a20479-f9b2-7720-be2b-e5f01853867d"}
_LINK: Final = {"link_token": "dGhpcyBpcyBhIHRva2Vu"}


def _account(**sample: object) -> Kind:
    return Kind(Category.account, sample)


def _order(**sample: object) -> Kind:
    return Kind(Category.orders, {**_ORDER, **sample})


KINDS: Final[Mapping[str, Kind]] = {
    "verify": _account(**_LINK),
    "already-registered": _account(),
    "reset": _account(**_LINK),
    "password-changed": _account(),
    GOODBYE: _account(),
    "order-placed": _order(amount="142.50 EUR", pay_until="2026-11-27 10:00 UTC", lines=_LINES),
    "paid": _order(amount="142.50 EUR", lines=_LINES),
    "payment-failed": _order(decline_code="insufficient_funds", can_retry=True),
    "shipped": _order(carrier="DHL", tracking_number="JJD000390007"),
    "delivered": _order(),
    "cancelled": _order(reason="requested"),
    "refunded": _order(amount="20.00 EUR", total_refunded="20.00 EUR", full=False),
    "cart-abandoned": Kind(Category.reminders, {"total": "142.50 EUR", "lines": _LINES}),
}


def sample_of(key: str) -> Data:
    """Everything that the template of this key can use, as an example."""
    kind = KINDS[key]
    shop = {"shop_url": "https://api.shop.example", "pages_url": "https://shop.example"}
    everywhere = {"display_name": "Ada", **shop}
    unsubscribe = {"unsubscribe_url": "https://shop.example/unsubscribe"}
    return {**everywhere, **(unsubscribe if kind.category.optional else {}), **kind.sample}
