"""The people of the shop and their orders, as tests need them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final

from notification_service.chassis.identifiers import uuid7

from tests.chassis.fixtures_auth import bearer, token
from tests.neighbours import Json

ID: Final = "01a20479-f9b2-7720-be2b-e5f01853867d"
PATIENCE: Final = 60.0


async def until(condition: Callable[[], Awaitable[Any]]) -> Any:  # Any: what the condition found
    """The first answer that is true, waiting up to a minute for it."""
    async with asyncio.timeout(PATIENCE):
        while True:
            if found := await condition():
                return found
            await asyncio.sleep(0.01)


@dataclass(frozen=True)
class User:
    """Somebody with an account."""

    email: str = "ada@example.com"
    locale: str = "en"
    id: str = field(default_factory=lambda: str(uuid7()))

    @property
    def headers(self) -> dict[str, str]:
        return bearer(self.token)

    @property
    def token(self) -> str:
        return token(sub=self.id, roles=["customer"])

    @property
    def described(self) -> Json:
        return {
            "user_id": self.id,
            "email": self.email,
            "display_name": "Ada",
            "locale": self.locale,
        }


def euros(cents: int) -> Json:
    return {"amount": cents, "currency": "EUR"}


LINES: Final = [
    {
        "product_id": ID,
        "sku": "J1",
        "name": "Leather jacket",
        "quantity": 2,
        "unit_price": euros(4999),
    }
]


@dataclass(frozen=True)
class Order:
    """One order of a user."""

    user: User
    number: str = "2026-000042"
    id: str = field(default_factory=lambda: str(uuid7()))

    def event(self, **more: object) -> Json:
        return {"order_id": self.id, "number": self.number, "user_id": self.user.id, **more}
