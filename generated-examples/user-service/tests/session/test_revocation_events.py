"""The list of ended sessions is fed by events: a lost connection to Valkey loses no entry."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID, uuid4

from user_service.chassis.auth import Revocations
from user_service.chassis.database import Database
from user_service.chassis.events import publish
from user_service.session import repository
from user_service.session.events import SessionRevoked
from user_service.session.models import Reason

from tests.people import Service


async def until_denied(service: Service, sid: str) -> None:
    revocations = service.app.resource(Revocations)
    async with asyncio.timeout(20):
        while not revocations.cover(sid, None):  # noqa: ASYNC110 - the list tells nobody
            await asyncio.sleep(0.01)


def revoked(user: UUID, session: UUID | None, now: datetime) -> SessionRevoked:
    return SessionRevoked(user_id=user, session_id=session, reason="logout", not_before=now)


async def test_an_ended_session_that_nobody_denied_at_once_is_denied_by_its_event(
    service: Service,
) -> None:
    session = uuid4()

    async with service.app.resource(Database).transaction() as tx:
        await publish(tx, revoked(uuid4(), session, datetime.now(UTC)))

    await until_denied(service, str(session))


async def test_the_end_of_all_sessions_denies_each_of_them(service: Service) -> None:
    phone = await service.user("ada@example.com")
    laptop = await service.signed_in("ada@example.com")
    now = datetime.now(UTC)

    async with service.app.resource(Database).transaction() as tx:
        await repository.revoke_all(tx, UUID(phone.id), Reason.logout, now)
        await publish(tx, revoked(UUID(phone.id), None, now))

    await until_denied(service, phone.sid)
    await until_denied(service, laptop.sid)
    assert (await service.me(laptop)).json()["code"] == "token-revoked"


async def test_mails_are_asked_for_where_only_their_sender_listens(service: Service) -> None:
    await service.register("ada@example.com")

    row = await service.database.fetchrow(
        "SELECT private, subject FROM published WHERE type = 'shop.notification.requested.v1'"
    )

    assert row is not None
    assert row["private"]
    assert "ada@example.com" not in row["subject"]
