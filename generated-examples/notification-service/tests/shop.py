"""The service under test, and the shop around it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TypeAlias
from uuid import UUID

import asyncpg
from httpx import AsyncClient
from websockets.asyncio.client import connect

from notification_service.chassis.application import Application

from tests.chassis.fixtures_auth import bearer, token
from tests.chassis.fixtures_websocket import Talk
from tests.mail.fixtures import Catcher
from tests.neighbours import Json, Neighbours
from tests.people import ID, LINES, Order, User, euros, until

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


class Surroundings:
    """All that is around the service: who speaks to it, its database, and the mail server."""

    def __init__(self, database: Connection, catcher: Catcher, neighbours: Neighbours) -> None:
        self.database = database
        self.catcher = catcher
        self.neighbours = neighbours
        self.say = neighbours.say

    async def meet(self, user: User) -> User:
        """The user registers, and this service has heard of it."""
        await self.say("user.registered", user.described, sequence=1)

        async def known() -> bool:
            return bool(
                await self.database.fetchval(
                    "SELECT true FROM recipients WHERE user_id = $1", UUID(user.id)
                )
            )

        await until(known)
        return user

    async def request_mail(
        self, user: User, template: str = "verify", *, once: str = "1", seconds: float = 60
    ) -> None:
        """What user-service says when it wants a mail about an account."""
        data = {
            "template": template,
            "recipient": user.email,
            "data": {
                "user_id": user.id,
                "display_name": "Ada",
                "locale": user.locale,
                "link_token": "a-secret-token",
            },
            "dedupe_key": f"{template}:{user.id}:{once}",
            "expires_at": (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat(),
        }
        await self.say("notification.requested", data)

    async def place(self, order: Order) -> None:
        """The order is created, and awaits its payment."""
        totals = {name: euros(9998) for name in ("items", "grand")}
        totals |= {name: euros(0) for name in ("shipping", "tax", "discount")}
        created = order.event(cart_id=ID, cart_version=3, lines=LINES, totals=totals)
        await self.say("order.created", created, sequence=1)
        awaiting = order.event(payment_id=ID, amount=euros(9998), expires_at="2026-11-27T10:00:00Z")
        await self.say("order.awaiting_payment", awaiting, sequence=2)

    async def pay(self, order: Order) -> UUID:
        paid = order.event(cart_id=ID, payment_id=ID, amount=euros(9998), lines=LINES)
        return await self.say("order.paid", paid, sequence=3)

    async def mails(self, user: User, count: int = 1) -> list[Json]:
        """The first so many mails to this user, as soon as they have come."""

        async def come() -> list[Json]:
            found = await self.catcher.mails_to(user.email)
            return found if len(found) >= count else []

        mails: list[Json] = await until(come)
        return mails

    async def published(self, name: str, count: int = 1) -> list[Json]:
        """The data of all events of this type, the oldest first, as soon as there are so many."""

        async def found() -> list[Json]:
            rows = await self.database.fetch(
                "SELECT data FROM published WHERE type = $1 ORDER BY seq", f"shop.{name}.v1"
            )
            return [json.loads(row["data"]) for row in rows] if len(rows) >= count else []

        events: list[Json] = await until(found)
        return events

    async def heard(self, *events: UUID) -> None:
        """Wait until these events were handled."""

        async def handled() -> bool:
            known = await self.database.fetchval(
                "SELECT count(*) FROM inbox WHERE event_id = ANY ($1::uuid[])", list(events)
            )
            return bool(known == len(events))

        await until(handled)


class Service(Surroundings):
    """The running service, through its doors."""

    def __init__(self, http: AsyncClient, app: Application, around: Surroundings) -> None:
        super().__init__(around.database, around.catcher, around.neighbours)
        self.http = http
        self.app = app

    async def deliveries(self, user: User, status: str, count: int = 1) -> list[Json]:
        """What support sees of the user's mails, as soon as so many have this status."""
        support = bearer(token(sub=ID, roles=["support"]))
        query = {"user_id": user.id, "status": status}

        async def found() -> list[Json]:
            answer = await self.http.get("/v1/deliveries", params=query, headers=support)
            items: list[Json] = answer.json()["items"]
            return items if len(items) >= count else []

        deliveries: list[Json] = await until(found)
        return deliveries

    async def until_mail(self, status: str) -> Json:
        """The first answer of the readiness route that says this of the mail server."""

        async def found() -> Json:
            ready: Json = (await self.http.get("/health/ready")).json()
            return ready if ready["checks"]["mail"]["status"] == status else {}

        ready: Json = await until(found)
        return ready

    async def news(self, user: User, count: int = 1) -> list[Json]:
        """The user's notifications, as soon as there are so many."""

        async def found() -> list[Json]:
            answer = await self.http.get("/v1/notifications", headers=user.headers)
            items: list[Json] = answer.json()["items"]
            return items if len(items) >= count else []

        notifications: list[Json] = await until(found)
        return notifications

    async def all_is_told(self) -> None:
        """Wait until what was heard of the last order is told to the live topics."""

        async def told() -> bool:
            heard = await self.database.fetchval("SELECT count(*) FROM notifications")
            left = await self.database.fetchval("SELECT count(*) FROM live_messages")
            return bool(heard and not left)

        await until(told)

    @asynccontextmanager
    async def talk(self, access: str) -> AsyncIterator[Talk]:
        """A WebSocket with this token in its handshake."""
        url = f"ws://127.0.0.1:{self.http.base_url.port}/v1/ws"
        async with connect(url, additional_headers=bearer(access)) as connection:
            yield Talk(connection)
