"""The payment provider as its own operators see it: its books, its customers, its webhooks."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Sequence
from typing import Any

import aiohttp

from tools.shop.answers import Answer, Json
from tools.shop.door import Door


class Provider:
    """fakepay, over HTTP."""

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self._url = f"{url}/_fakepay"
        self._session = session

    async def books(self) -> Json:
        """All payment intents and refunds, and what they add up to."""
        async with self._session.get(f"{self._url}/ledger") as answer:
            found: Json = await answer.json()
        return found

    async def intents(self, order: str) -> Sequence[Json]:
        """The attempts to pay this order."""
        intents: list[Json] = (await self.books())["payment_intents"]
        return [one for one in intents if one["metadata"].get("order_id") == order]

    async def captured(self, order: str) -> int:
        """What was taken for this order."""
        taken: list[Any] = [one["amount_received"] for one in await self.intents(order)]
        return sum(taken)

    async def authenticate(self, order: str) -> None:
        """The customer does what her last attempt to pay requires."""
        intent = (await self.intents(order))[-1]["id"]
        async with self._session.post(f"{self._url}/payment_intents/{intent}/authenticate") as done:
            done.raise_for_status()


async def webhook(door: Door, raw: bytes, *, secret: str, at: float | None = None) -> Answer:
    """What the shop answers to these bytes, signed with this secret at this time, or now."""
    seconds = int(time.time() if at is None else at)
    signed = hmac.digest(secret.encode(), b"%d.%b" % (seconds, raw), hashlib.sha256)
    headers = {"stripe-signature": f"t={seconds},v1={signed.hex()}"}
    return await door.ask("POST", "/v1/webhooks/payments/fakepay", body=raw, headers=headers)
