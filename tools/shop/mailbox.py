"""What the mail catcher has caught."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, Final

import aiohttp

from tools.shop.answers import Json
from tools.shop.waiting import eventually

# A link's token: the longest word of its mail that could be one.
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{32,}")


class Mailbox:
    """Mails by their receiver."""

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self._url = url
        self._session = session

    async def mails(self, to: str | None = None) -> Sequence[Json]:
        """The mails to this address, or all of them, the oldest first."""
        query = {} if to is None else {"to": to}
        async with self._session.get(f"{self._url}/messages", params=query) as answer:
            found: list[Json] = await answer.json()
        return found

    async def until(
        self, to: str, wanted: Callable[[Sequence[Json]], Any], seconds: float = 20
    ) -> Sequence[Json]:
        """The mails to this address as soon as they are as wanted."""
        return await eventually(lambda: self.mails(to), wanted, seconds)

    async def token(self, to: str) -> str:
        """The token of the link in the newest mail to this address that has one."""
        mails = await self.until(to, lambda mails: any(map(_tokens, mails)))
        return max([found for mail in mails if (found := _tokens(mail))][-1], key=len)


def _tokens(mail: Json) -> list[str]:
    return _TOKEN.findall(mail["text"] or "")
