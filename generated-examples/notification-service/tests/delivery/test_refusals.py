"""What a mail server says, and what becomes of the mail then."""

import pytest
from httpx import Response

from tests.chassis.fixtures_auth import bearer, token
from tests.mail.fixtures import Catcher
from tests.people import ID, Order, User
from tests.shop import Service

SUPPORT = bearer(token(sub=ID, roles=["support"]))


async def retry(service: Service, id: str) -> Response:
    return await service.http.post(f"/v1/deliveries/{id}/retry", headers=SUPPORT)


async def test_a_mail_that_is_deferred_comes_later(service: Service) -> None:
    user = User("defer2-ada@example.com")

    await service.request_mail(user)

    await service.mails(user)
    [delivery] = await service.deliveries(user, "delivered")
    outcomes = [attempt["outcome"] for attempt in delivery["attempts"]]
    assert outcomes == ["deferred", "deferred", "accepted"]
    assert delivery["attempts"][0]["reply"] == "451 4.7.1 Try again later"


async def test_a_mail_that_is_always_deferred_fails_in_the_end(service: Service) -> None:
    user = User("defer-ada@example.com")

    await service.request_mail(user)

    [delivery] = await service.deliveries(user, "failed")
    assert delivery["reason"] == "exhausted"
    assert len(delivery["attempts"]) == 3
    assert await service.published("notification.failed") == [
        {
            "delivery_id": delivery["id"],
            "user_id": user.id,
            "template": "verify",
            "channel": "email",
            "reason": "exhausted",
        }
    ]


async def test_an_address_that_is_refused_for_good_is_left_alone_from_then_on(
    service: Service,
) -> None:
    user = User("reject-ada@example.com")
    await service.request_mail(user)
    [refused] = await service.deliveries(user, "failed")

    await service.request_mail(user, once="again")

    second, first = await service.deliveries(user, "failed", 2)
    assert (first["id"], first["reason"]) == (refused["id"], "rejected")
    assert second["reason"] == "suppressed"
    assert len(first["attempts"]) == 1


async def test_a_mail_that_is_refused_for_what_it_says_suppresses_nobody(
    service: Service,
) -> None:
    user = User("spam-ada@example.com")

    await service.request_mail(user)

    [delivery] = await service.deliveries(user, "failed")
    assert delivery["reason"] == "rejected"
    assert await service.database.fetchval("SELECT count(*) FROM suppressions") == 0


async def test_while_the_mail_server_is_away_mails_wait(patient: None, service: Service) -> None:
    user = User()
    await service.catcher.stop()
    await service.request_mail(user)
    away = await service.until_mail("fail")

    await service.catcher.start()

    await service.mails(user)
    await service.until_mail("ok")
    assert away["status"] == "degraded"


@pytest.fixture
def with_starttls(mail_environment: pytest.MonkeyPatch, mail_catcher: Catcher) -> None:
    """The service insists on encryption, which the catcher does not offer."""
    port = mail_catcher.addresses.smtp_port
    mail_environment.setenv("SMTP_URL", f"smtp+starttls://127.0.0.1:{port}")


async def test_where_encryption_is_wanted_nothing_is_sent_without_it(
    with_starttls: None, service: Service
) -> None:
    user = User()

    await service.request_mail(user)

    [delivery] = await service.deliveries(user, "failed")
    assert delivery["reason"] == "exhausted"
    assert "STARTTLS" in delivery["attempts"][0]["reply"]


async def test_support_sends_a_failed_mail_again_and_frees_its_address(service: Service) -> None:
    user = User("defer3-ada@example.com")
    await service.request_mail(user)
    [failed] = await service.deliveries(user, "failed")
    await service.database.execute(
        "INSERT INTO suppressions VALUES (sha256($1), 'as it was once', now())",
        user.email.encode(),
    )

    accepted = await retry(service, failed["id"])

    assert (accepted.status_code, accepted.json()["status"]) == (202, "pending")
    [mail] = await service.mails(user)
    assert mail["message_id"] == failed["message_id"]
    assert await service.database.fetchval("SELECT count(*) FROM suppressions") == 0


async def test_what_has_arrived_is_not_sent_again(service: Service) -> None:
    user = User()
    await service.request_mail(user)
    [delivery] = await service.deliveries(user, "delivered")

    refused = await retry(service, delivery["id"])

    assert (refused.status_code, refused.json()["code"]) == (409, "not-retriable")


async def test_what_is_of_no_use_any_more_is_not_sent_again(service: Service) -> None:
    user = User()
    await service.request_mail(user, seconds=-1)
    [delivery] = await service.deliveries(user, "failed")

    refused = await retry(service, delivery["id"])

    assert (refused.status_code, refused.json()["code"]) == (409, "not-retriable")


async def test_a_delivery_that_is_none_is_not_found(service: Service) -> None:
    assert (await retry(service, ID)).status_code == 404


async def test_a_template_that_does_not_work_any_more_fails_the_mail_and_not_the_service(
    service: Service,
) -> None:
    user = await service.meet(User())
    order = Order(user)
    await service.database.execute(
        "UPDATE templates SET text = '{{ colour }}' WHERE key = 'delivered'"
    )

    await service.say("order.delivered", order.event(shipment_id=ID))

    [delivery] = await service.deliveries(user, "failed")
    assert delivery["reason"] == "template-error"
    assert delivery["attempts"][0]["reply"] == "/text: 'colour' is undefined"


async def test_deliveries_are_listed_page_by_page_the_newest_first(service: Service) -> None:
    user = User()
    for number in range(3):
        await service.request_mail(user, once=str(number))
    all_of_them = await service.deliveries(user, "delivered", 3)

    query = {"user_id": user.id, "limit": "2"}
    first = (await service.http.get("/v1/deliveries", params=query, headers=SUPPORT)).json()
    query["cursor"] = first["next_cursor"]
    second = (await service.http.get("/v1/deliveries", params=query, headers=SUPPORT)).json()

    assert first["items"] + second["items"] == all_of_them
    assert second["next_cursor"] is None
