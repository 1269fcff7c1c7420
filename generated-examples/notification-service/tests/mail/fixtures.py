"""A running mail catcher for a test."""

import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest

from .servers import Addresses, serving
from .settings import MailSettings

# What httpx would read for every client takes longer than most tests.
_NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class Catcher:
    """Where to send mail, and what has come; it can go away, and come back empty."""

    def __init__(self) -> None:
        self.addresses = Addresses(0, 0)
        self._stack = AsyncExitStack()

    @property
    def client(self) -> httpx.AsyncClient:
        return self._client

    async def start(self) -> None:
        """Listen, where it did before if it was started before."""
        settings = MailSettings(
            smtp_port=self.addresses.smtp_port, http_port=self.addresses.http_port
        )
        self.addresses = await self._stack.enter_async_context(serving(settings))
        url = f"http://127.0.0.1:{self.addresses.http_port}"
        self._client = await self._stack.enter_async_context(
            httpx.AsyncClient(base_url=url, verify=_NO_CERTIFICATES)
        )

    async def stop(self) -> None:
        await self._stack.aclose()

    async def mails_to(self, address: str) -> list[dict[str, Any]]:  # Any: JSON
        answer = await self.client.get("/messages", params={"to": address})
        return list(answer.json())


@pytest.fixture
async def mail_catcher() -> AsyncIterator[Catcher]:
    catcher = Catcher()
    await catcher.start()
    yield catcher
    await catcher.stop()
