"""The right to be forgotten."""

import asyncio
import json
from uuid import UUID

import pytest
from httpx import Response

from user_service.chassis.database import Database
from user_service.erasure import service as erasures
from user_service.erasure.models import KEEPERS

from tests.chassis.fixtures_auth import bearer, token
from tests.people import PASSWORD, Service, User

ADA = "ada@example.com"


async def erase(service: Service, user: User, password: str = PASSWORD) -> Response:
    return await service.http.request(
        "DELETE", "/v1/users/me", json={"password": password}, headers=user.headers
    )


async def answer(service: Service, user: User, *nouns: str) -> None:
    """The service of each noun has erased the user."""
    for noun in nouns:
        await service.hear(f"{noun}-service", f"{noun}.user_erased", user)


async def everything(service: Service) -> str:
    """Every row of every table that is ours, as text."""
    tables = await service.database.fetch(
        """
        SELECT tablename FROM pg_tables
        WHERE schemaname = 'public' AND tablename NOT IN ('outbox', 'published')
        """
    )
    found = [
        await service.database.fetch(f"SELECT row_to_json(t)::text FROM {table['tablename']} t")
        for table in tables
    ]
    return json.dumps([[row[0] for row in rows] for rows in found])


async def test_an_erased_user_is_out_at_once_and_the_others_are_told(service: Service) -> None:
    user = await service.user(ADA)

    started = await erase(service, user)

    assert (started.status_code, started.json()["status"]) == (202, "erasing")
    assert (await service.me(user)).json()["code"] == "token-revoked"
    assert (await service.login(ADA)).status_code == 401
    assert await service.published("user.deleted") == [
        {"user_id": user.id, "erase_by": started.json()["erase_by"]}
    ]
    assert (await service.mails(ADA))[-1]["template"] == "account-deleted"


async def test_nothing_that_tells_who_it_was_is_left(service: Service) -> None:
    user = await service.user(ADA)
    await service.http.post(
        "/v1/users/me/addresses",
        json={
            "name": "Lovelace",
            "line1": "12 St James's Square",
            "postal_code": "SW1Y 4JH",
            "city": "London",
            "country": "GB",
        },
        headers=user.headers,
    )
    assert ADA in await everything(service)

    await erase(service, user)

    left = await everything(service)
    assert not [trace for trace in (ADA, "Lovelace", "127.0.0.1", "httpx") if trace in left]


async def test_a_token_that_outlives_its_user_brings_nothing_back(service: Service) -> None:
    user = await service.user(ADA)
    await erase(service, user)

    address = {"name": ADA, "line1": "1", "postal_code": "1", "city": "London", "country": "GB"}
    late = bearer(token(sub=user.id))
    added = await service.http.post("/v1/users/me/addresses", json=address, headers=late)

    assert added.status_code == 404
    assert ADA not in await everything(service)


async def test_the_address_may_be_registered_again(service: Service) -> None:
    await erase(service, await service.user(ADA))

    again = await service.user(ADA)

    assert (await service.me(again)).status_code == 200


async def test_it_takes_the_password(service: Service) -> None:
    user = await service.user(ADA)

    refused = await erase(service, user, "not the password at all")

    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert (await service.me(user)).status_code == 200


async def test_the_last_admin_cannot_go(service: Service) -> None:
    admin = await service.user(ADA, "admin", "customer")

    refused = await erase(service, admin)

    assert (refused.status_code, refused.json()["code"]) == (409, "last-admin")


async def test_an_admin_sees_that_there_was_somebody(service: Service) -> None:
    admin = await service.user("root@example.com", "admin")
    user = await service.user(ADA)
    await erase(service, user)

    seen = (await service.http.get(f"/v1/users/{user.id}", headers=admin.headers)).json()

    assert (seen["status"], seen["email"], seen["display_name"]) == ("erased", None, "")
    assert seen["deleted_at"] is not None


@pytest.fixture
async def erased(service: Service) -> User:
    user = await service.user(ADA)
    await erase(service, user)
    return user


async def until(service: Service, condition: str) -> None:
    """Wait until it is true of the one erasure."""
    async with asyncio.timeout(20):
        while not await service.database.fetchval(f"SELECT {condition} FROM erasures"):  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_it_is_complete_when_every_service_has_answered(
    service: Service, erased: User
) -> None:
    await answer(service, erased, "cart", "order", "order", "product")
    await until(service, "(SELECT count(*) = 3 FROM erasure_acks)")
    assert not await service.database.fetchval("SELECT completed_at FROM erasures")

    await answer(service, erased, "notification")

    await until(service, "completed_at IS NOT NULL")


async def test_it_is_complete_when_all_answer_at_once(service: Service, erased: User) -> None:
    database = service.app.resource(Database)

    async def acknowledge(name: str) -> None:
        async with database.transaction() as tx:
            await erasures.acknowledge(tx, UUID(erased.id), name)

    async with asyncio.TaskGroup() as group, service.database.transaction():
        await service.database.execute("SELECT FROM erasures FOR UPDATE")
        for name in KEEPERS:
            group.create_task(acknowledge(name))
        await until(service, f"(SELECT count(*) = {len(KEEPERS)} FROM pg_locks WHERE NOT granted)")

    assert await service.database.fetchval("SELECT completed_at FROM erasures") is not None


async def test_who_does_not_answer_is_told_again_after_an_hour(
    service: Service, erased: User
) -> None:
    database = service.app.resource(Database)
    assert await erasures.remind(database) == 0
    await service.database.execute("UPDATE erasures SET asked_at = asked_at - interval '1 h'")

    reminded = await asyncio.gather(erasures.remind(database), erasures.remind(database))

    assert sorted(reminded) == [0, 1]
    first, second = await service.published("user.deleted")
    assert first == second


async def test_who_has_answered_is_not_told_again(service: Service, erased: User) -> None:
    await answer(service, erased, "cart", "order", "product", "notification")
    await until(service, "completed_at IS NOT NULL")
    await service.database.execute("UPDATE erasures SET asked_at = asked_at - interval '1 h'")

    assert await erasures.remind(service.app.resource(Database)) == 0
