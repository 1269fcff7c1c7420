"""Whoever is signed in at the shop, and how one gets there."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import uuid4

from tools.shop.answers import Answer, Json
from tools.shop.door import Door
from tools.shop.mailbox import Mailbox

PASSWORD: Final = "correct horse battery staple"  # noqa: S105 - of people who are made up
_EARLY_SECONDS: Final = 30.0


@dataclass
class Person:
    """Somebody who is signed in; their token is renewed before it expires."""

    door: Door
    email: str
    password: str
    id: str = ""
    _access: str = field(default="", repr=False)
    _refresh: str = field(default="", repr=False)
    _good_until: float = 0.0

    async def token(self) -> str:
        """An access token that is good for a while."""
        if time.monotonic() >= self._good_until:
            await self._renew()
        return self._access

    async def ask(
        self,
        method: str,
        path: str,
        *,
        json: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        own = {"authorization": f"Bearer {await self.token()}"}
        return await self.door.ask(method, path, json=json, headers={**own, **(headers or {})})

    async def sign_in(self) -> Person:
        """The same person with a new session."""
        words = {"email": self.email, "password": self.password}
        self._keep((await self.door.ask("POST", "/v1/auth/login", json=words)).wanted(200))
        self.id = (await self.ask("GET", "/v1/users/me")).wanted(200).json["id"]
        return self

    async def _renew(self) -> None:
        said = {"refresh_token": self._refresh}
        pair = await self.door.ask("POST", "/v1/auth/refresh", json=said)
        if pair.status == 200:
            self._keep(pair)
        else:
            await self.sign_in()  # the answer to an earlier renewal was lost

    def _keep(self, pair: Answer) -> None:
        said = pair.json
        self._access, self._refresh = said["access_token"], said["refresh_token"]
        self._good_until = time.monotonic() + _lifetime(said) - _EARLY_SECONDS


async def register(
    door: Door, mailbox: Mailbox, email: str = "", password: str = PASSWORD, name: str = "Ada"
) -> Person:
    """A new customer, who has opened the link in the mail and is signed in."""
    email = email or f"{uuid4().hex}@example.com"
    wanted = {"email": email, "password": password, "display_name": name, "locale": "en"}
    (await door.ask("POST", "/v1/users", json=wanted)).wanted(202)
    opened = {"token": await mailbox.token(email)}
    (await door.ask("POST", "/v1/users/verify-email", json=opened)).wanted(204)
    return await Person(door, email, password).sign_in()


def _lifetime(pair: Json) -> float:
    expires: Any = pair["expires_in"]
    return float(expires)
