"""The right to be forgotten, and to know what is kept."""

import json

import pytest
from redis import Redis

from tests.chassis.fixtures_auth import bearer, token
from tests.people import ID, Order, User
from tests.shop import Service

SERVICE = bearer(token(sub="user-service", roles=["service"]))


@pytest.fixture
def streams(valkey_url: str) -> Redis:
    return Redis.from_url(valkey_url)


async def erase(service: Service, user: User, sequence: int = 9) -> None:
    gone = {"user_id": user.id, "erase_by": "2026-12-27T10:00:00Z"}
    await service.heard(await service.say("user.deleted", gone, sequence=sequence))


async def everything(service: Service) -> str:
    """Every row of every table that is ours, as text."""
    tables = await service.database.fetch(
        """
        SELECT tablename FROM pg_tables WHERE schemaname = 'public'
            AND tablename NOT IN ('outbox', 'published', 'templates')
        """
    )
    found = [
        await service.database.fetch(f"SELECT row_to_json(t)::text FROM {table['tablename']} t")
        for table in tables
    ]
    return json.dumps([[row[0] for row in rows] for rows in found])


async def customer(service: Service, email: str = "ada@example.com") -> User:
    """Somebody of whom something is kept in every place."""
    user = await service.meet(User(email))
    await service.http.put(
        "/v1/preferences", json={"reminders": {"email": False}}, headers=user.headers
    )
    await service.place(Order(user))
    await service.news(user)
    return user


async def test_nothing_that_tells_who_it_was_is_left_and_user_service_is_told(
    service: Service,
) -> None:
    user = await customer(service)
    await service.mails(user)
    await service.deliveries(user, "delivered")

    await erase(service, user)

    left = await everything(service)
    assert not [one for one in (user.email, '"Ada', "2026-000042") if one in left]
    assert await service.published("notification.user_erased") == [{"user_id": user.id}]


async def test_a_server_s_words_about_an_address_are_forgotten_too(service: Service) -> None:
    user = await customer(service, "reject-ada@example.com")
    await service.deliveries(user, "failed")

    await erase(service, user)

    left = await everything(service)
    assert "No such mailbox" not in left
    assert await service.database.fetchval("SELECT count(*) FROM suppressions") == 0


async def test_a_mail_that_waits_is_given_up(patient: None, service: Service) -> None:
    user = User("ada@example.com")
    await service.heard(await service.pay(Order(user)))  # to an address that nobody knows yet

    await erase(service, user)

    [delivery] = await service.deliveries(user, "failed")
    assert delivery["reason"] == "erased"


async def test_the_goodbye_still_goes_out_and_then_its_address_is_forgotten(
    service: Service,
) -> None:
    user = await customer(service)
    await service.deliveries(user, "delivered")
    await erase(service, user)

    await service.request_mail(user, "account-deleted")

    mails = await service.mails(user, 2)
    assert mails[-1]["subject"] == "Your account is deleted"
    await service.published("notification.delivered", 2)
    assert user.email not in await everything(service)


async def test_a_goodbye_that_is_refused_leaves_no_trace_of_its_address(service: Service) -> None:
    user = await customer(service, "reject-ada@example.com")
    await service.deliveries(user, "failed")
    await erase(service, user)

    await service.request_mail(user, "account-deleted")

    await service.published("notification.failed", 2)
    assert await service.database.fetchval("SELECT count(*) FROM suppressions") == 0
    assert user.email not in await everything(service)


async def test_nothing_is_begun_anymore_for_who_is_erased(service: Service) -> None:
    user = await customer(service)
    await service.deliveries(user, "delivered")
    await erase(service, user)

    await service.heard(await service.pay(Order(user)))
    await service.request_mail(user)

    [delivery] = await service.deliveries(user, "failed")
    assert (delivery["template"], delivery["reason"]) == ("verify", "erased")
    news = await service.http.get("/v1/notifications", headers=user.headers)
    assert news.json()["items"] == []


async def test_no_live_message_is_kept_and_none_is_told_any_more(
    service: Service, streams: Redis
) -> None:
    user = await service.meet(User("ada@example.com"))
    order = Order(user)
    await service.place(order)
    await service.heard(await service.pay(order))
    await service.all_is_told()
    assert len(streams.keys("rts:*")) == 3

    await erase(service, user)
    await service.heard(await service.say("order.cancelled", order.event(reason="user_deleted")))

    assert await service.database.fetchval("SELECT count(*) FROM live_messages") == 0
    assert streams.keys("rts:*") == []


async def test_what_still_happens_to_an_order_in_the_name_of_nobody_is_told_nobody(
    service: Service,
) -> None:
    user = await service.meet(User("ada@example.com"))
    order = Order(user)
    await service.place(order)
    await service.deliveries(user, "delivered")
    await erase(service, user)

    pseudonym = User("nobody")
    delivered = Order(pseudonym, id=order.id).event(shipment_id=ID)
    await service.heard(await service.say("order.delivered", delivered, sequence=4))

    assert await service.database.fetchval("SELECT count(*) FROM deliveries") == 1
    assert pseudonym.id not in await everything(service)


async def test_an_order_that_is_told_of_after_the_erasure_is_nobodys(service: Service) -> None:
    user = await service.meet(User("ada@example.com"))
    await erase(service, user)

    order = Order(user)
    await service.place(order)
    await service.heard(await service.pay(order))

    owners = await service.database.fetch("SELECT user_id FROM orders")
    assert [one["user_id"] for one in owners] == [None]
    assert await service.database.fetchval("SELECT count(*) FROM live_messages") == 0


async def test_what_is_said_of_the_user_later_changes_nothing(service: Service) -> None:
    user = await customer(service)
    await erase(service, user)

    await service.heard(await service.say("user.registered", user.described, sequence=10))

    assert user.email not in await everything(service)


async def test_an_erasure_that_is_told_again_is_answered_again(service: Service) -> None:
    user = await customer(service)
    await erase(service, user)

    await erase(service, user)

    assert len(await service.published("notification.user_erased", 2)) == 2


async def test_an_export_holds_all_that_is_kept(service: Service) -> None:
    user = await customer(service)
    await service.deliveries(user, "delivered")

    exported = await service.http.get(f"/v1/notifications/exports/{user.id}", headers=SERVICE)

    document = exported.json()
    assert exported.status_code == 200
    assert exported.headers["cache-control"] == "no-store"
    assert document["recipient"]["email"] == user.email
    assert document["preferences"]["reminders"]["email"] is False
    assert [one["kind"] for one in document["notifications"]] == ["order-placed"]
    assert [one["template"] for one in document["deliveries"]] == ["order-placed"]


async def test_an_export_of_somebody_unknown_is_empty(service: Service) -> None:
    exported = await service.http.get(f"/v1/notifications/exports/{ID}", headers=SERVICE)

    assert (exported.status_code, exported.json()["recipient"]) == (200, None)
