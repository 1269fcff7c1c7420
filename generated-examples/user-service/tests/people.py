"""People who use the service, as tests need them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias

import asyncpg
import jwt
from httpx import AsyncClient, Response

from user_service.chassis.application import Application
from user_service.chassis.events.envelope import Envelope
from user_service.chassis.events.streams import Streams
from user_service.chassis.identifiers import uuid7
from user_service.chassis.valkey import Valkey

PASSWORD = "correct horse battery staple"
Json = dict[str, Any]  # Any: JSON
Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


@dataclass(frozen=True)
class User:
    """Somebody who is signed in."""

    id: str
    email: str
    access: str
    refresh: str

    @property
    def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.access}"}

    @property
    def sid(self) -> str:
        return str(self.claims["sid"])

    @property
    def claims(self) -> Json:
        """What the access token says."""
        claims: Json = jwt.decode(self.access, options={"verify_signature": False})
        return claims


class Service:
    """The running service through its door, and what it has published."""

    def __init__(self, http: AsyncClient, database: Connection, app: Application) -> None:
        self.http = http
        self.database = database
        self.app = app

    async def published(self, name: str) -> list[Json]:
        """The data of all events of this type, the oldest first: `user.registered`."""
        rows = await self.database.fetch(
            "SELECT data FROM published WHERE type = $1 ORDER BY seq", f"shop.{name}.v1"
        )
        return [json.loads(row["data"]) for row in rows]

    async def hear(self, source: str, type: str, user: User) -> None:
        """Let another service say something about this user."""
        said = Envelope(
            id=uuid7(),
            source=source,
            type=f"shop.{type}.v1",
            subject=user.id,
            time=datetime.now(UTC),
            data=json.dumps({"user_id": user.id}).encode(),
        )
        valkey = self.app.resource(Valkey)
        streams = Streams(valkey, consumer="test", lease_seconds=1.0, longest=1000)
        async with streams.sender(source) as sender:
            await sender.send([said])

    async def mails(self, to: str) -> list[Json]:
        wanted = await self.published("notification.requested")
        return [mail for mail in wanted if mail["recipient"] == to]

    async def link(self, to: str) -> str:
        """The token in the last mail to this address."""
        return str((await self.mails(to))[-1]["data"]["link_token"])

    async def register(self, email: str, password: str = PASSWORD) -> Response:
        return await self.http.post(
            "/v1/users",
            json={"email": email, "password": password, "display_name": "Ada", "locale": "en"},
        )

    async def verify(self, token: str) -> Response:
        return await self.http.post("/v1/users/verify-email", json={"token": token})

    async def login(self, email: str, password: str = PASSWORD) -> Response:
        return await self.http.post("/v1/auth/login", json={"email": email, "password": password})

    async def refresh(self, token: str) -> Response:
        return await self.http.post("/v1/auth/refresh", json={"refresh_token": token})

    async def signed_in(self, email: str, password: str = PASSWORD) -> User:
        """Sign in with an account that is there."""
        pair = (await self.login(email, password)).json()
        subject = jwt.decode(pair["access_token"], options={"verify_signature": False})["sub"]
        return User(subject, email, pair["access_token"], pair["refresh_token"])

    async def user(self, email: str = "ada@example.com", *roles: str) -> User:
        """Somebody who has registered, opened the mail and signed in; customer without roles."""
        await self.register(email)
        await self.verify(await self.link(email))
        if roles:
            await self.database.execute(
                "UPDATE users SET roles = $2 WHERE email = $1::text::citext", email, roles
            )
        return await self.signed_in(email)

    async def me(self, user: User) -> Response:
        return await self.http.get("/v1/users/me", headers=user.headers)
