"""A running mail catcher for a test."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from .servers import Addresses, serving
from .settings import MailSettings


@dataclass(frozen=True)
class Catcher:
    """Where to send mail, and what has come."""

    addresses: Addresses
    client: httpx.AsyncClient

    async def mails_to(self, address: str) -> list[dict[str, Any]]:  # Any: JSON
        answer = await self.client.get("/messages", params={"to": address})
        return list(answer.json())


@pytest.fixture
async def mail_catcher() -> AsyncIterator[Catcher]:
    async with serving(MailSettings()) as addresses:
        url = f"http://127.0.0.1:{addresses.http_port}"
        async with httpx.AsyncClient(base_url=url) as client:
            yield Catcher(addresses, client)
