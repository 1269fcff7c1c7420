"""Events to the shop: signed as Stripe signs them, and sent again until they are taken."""

import asyncio
import hashlib
import hmac
import json
import logging
import secrets
import time
from typing import Any

import aiohttp

from .settings import FakepaySettings

PAUSES = (0.2, 0.5, 1, 2, 4, 8, 8, 8, 8, 8)

log = logging.getLogger("fakepay")


def event(kind: str, thing: dict[str, Any]) -> dict[str, Any]:  # Any: JSON
    """An event of this type about an object, as it is now."""
    return {
        "id": f"evt_{secrets.token_hex(12)}",
        "object": "event",
        "created": int(time.time()),
        "data": {"object": thing},
        "livemode": False,
        "type": kind,
    }


def signature(secret: str, body: bytes, at: int) -> str:
    """The Stripe-Signature of a body: HMAC-SHA256 over the time, a dot and the raw bytes."""
    signed = hmac.digest(secret.encode(), b"%d.%b" % (at, body), hashlib.sha256)
    return f"t={at},v1={signed.hex()}"


class Webhooks:
    """Sends events, each by itself, until the shop answers 2xx."""

    def __init__(self, settings: FakepaySettings) -> None:
        self._url = settings.webhook_url
        self._secret = settings.webhook_secret.get_secret_value()
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5))
        self._sending: set[asyncio.Task[None]] = set()

    def send(self, told: dict[str, Any]) -> None:  # Any: JSON
        sending = asyncio.create_task(self._send(told))
        self._sending.add(sending)
        sending.add_done_callback(self._sending.discard)

    async def close(self) -> None:
        for sending in list(self._sending):
            sending.cancel()
        await asyncio.gather(*self._sending, return_exceptions=True)
        await self._session.close()

    async def _send(self, told: dict[str, Any]) -> None:  # Any: JSON
        body = json.dumps(told, separators=(",", ":")).encode()
        for pause in PAUSES:
            if await self._taken(body):
                return
            await asyncio.sleep(pause)
        log.warning("%s was not taken: %s", told["id"], told["type"])

    async def _taken(self, body: bytes) -> bool:
        signed = signature(self._secret, body, int(time.time()))
        headers = {"content-type": "application/json", "stripe-signature": signed}
        try:
            async with self._session.post(self._url, data=body, headers=headers) as answer:
                return 200 <= answer.status < 300
        except (aiohttp.ClientError, TimeoutError):
            return False
