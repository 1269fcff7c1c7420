"""How somebody gets an account."""

import asyncio

import pytest

from tests.people import PASSWORD, Service

ADA = "ada@example.com"


async def test_a_registration_sends_a_mail_and_creates_nothing_to_sign_in_with(
    service: Service,
) -> None:
    answered = await service.register(ADA)

    assert answered.status_code == 202
    assert answered.json() == {"status": "verification-sent"}
    assert [mail["template"] for mail in await service.mails(ADA)] == ["verify"]
    refused = await service.login(ADA)
    assert (refused.status_code, refused.json()["code"]) == (403, "email-not-verified")


async def test_who_opens_the_link_can_sign_in(service: Service) -> None:
    await service.register(ADA)

    assert (await service.verify(await service.link(ADA))).status_code == 204
    assert (await service.login(ADA)).status_code == 200


async def test_others_hear_of_the_registration_and_of_the_verified_address(
    service: Service,
) -> None:
    user = await service.user(ADA)

    assert await service.published("user.registered") == [
        {"user_id": user.id, "email": ADA, "display_name": "Ada", "locale": "en"}
    ]
    assert await service.published("user.email_verified") == [{"user_id": user.id, "email": ADA}]


async def test_an_address_that_is_known_gets_the_same_answer_and_another_mail(
    service: Service,
) -> None:
    await service.user(ADA)
    first = await service.register("new@example.com")

    again = await service.register(ADA.upper(), "another password of mine")

    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert (await service.mails(ADA))[-1]["template"] == "already-registered"
    assert (await service.login(ADA, "another password of mine")).status_code == 401


async def test_the_news_that_there_is_an_account_has_one_key_in_an_hour(service: Service) -> None:
    await service.user(ADA)

    await service.register(ADA)
    await service.register(ADA)

    first, second = (await service.mails(ADA))[-2:]
    assert first["dedupe_key"] == second["dedupe_key"]


async def test_the_password_is_the_one_of_the_registration_whose_link_was_opened(
    service: Service,
) -> None:
    await service.register(ADA, "a stranger's own password")
    await service.register(ADA, PASSWORD)

    await service.verify(await service.link(ADA))

    assert (await service.login(ADA, PASSWORD)).status_code == 200
    assert (await service.login(ADA, "a stranger's own password")).status_code == 401


async def test_no_mailbox_is_flooded(service: Service) -> None:
    for _ in range(7):
        await service.register(ADA)

    assert len(await service.mails(ADA)) == 5


async def test_a_link_opens_once(service: Service) -> None:
    await service.register(ADA)
    token = await service.link(ADA)
    await service.verify(token)

    again = await service.verify(token)

    assert (again.status_code, again.json()["code"]) == (410, "token-used-or-expired")


async def test_a_link_opens_for_a_day(service: Service) -> None:
    await service.register(ADA)
    await service.database.execute(
        "UPDATE one_time_tokens SET expires_at = expires_at - interval '24 h'"
    )

    late = await service.verify(await service.link(ADA))

    assert (late.status_code, late.json()["code"]) == (410, "token-used-or-expired")


async def test_no_token_is_stored_as_it_is_mailed(service: Service) -> None:
    await service.register(ADA)
    token = await service.link(ADA)

    rows = await service.database.fetch("SELECT one_time_tokens::text AS row FROM one_time_tokens")

    assert token.encode().hex() not in rows[0]["row"]
    assert token not in rows[0]["row"]


@pytest.mark.parametrize(
    "password", ["short", "aaaaaaaaaaaaaa", "password1234", "ada-lovelace@example.com"]
)
async def test_a_weak_password_is_refused(service: Service, password: str) -> None:
    refused = await service.register("ada-lovelace@example.com", password)

    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/password"
    assert refused.json()["errors"][0]["code"] == "weak-password"


@pytest.mark.parametrize("email", ["ada", "ada@localhost", "ada@example.com\r\nbcc: b@c.d", "@a.b"])
async def test_what_is_no_address_is_refused(service: Service, email: str) -> None:
    refused = await service.register(email)

    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/email"


async def test_of_two_registrations_at_once_one_makes_the_account(service: Service) -> None:
    answers = await asyncio.gather(service.register(ADA), service.register(ADA))

    assert [answer.status_code for answer in answers] == [202, 202]
    assert len(await service.published("user.registered")) == 1
