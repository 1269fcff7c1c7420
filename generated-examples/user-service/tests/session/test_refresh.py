"""A refresh token is good once; who shows it again is the owner in a hurry, or a thief."""

import asyncio

from tests.people import Service


async def age(service: Service, interval: str) -> None:
    """Let that much time have passed since all refresh tokens were made and used."""
    await service.database.execute(
        "UPDATE refresh_tokens SET created_at = created_at - $1::text::interval, "
        "used_at = used_at - $1::text::interval",
        interval,
    )


async def test_a_refresh_answers_the_next_pair_of_the_same_session(service: Service) -> None:
    user = await service.user()

    pair = await service.refresh(user.refresh)

    assert pair.status_code == 200
    assert pair.json()["refresh_token"] != user.refresh
    assert (await service.refresh(pair.json()["refresh_token"])).status_code == 200
    assert await service.database.fetchval("SELECT count(*) FROM sessions") == 1


async def test_of_twenty_refreshes_at_once_one_wins_and_nobody_is_signed_out(
    service: Service,
) -> None:
    user = await service.user()

    answers = await asyncio.gather(*(service.refresh(user.refresh) for _ in range(20)))

    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 19
    assert {a.json()["code"] for a in answers if a.status_code == 409} == {"refresh-superseded"}
    [winner] = [answer.json() for answer in answers if answer.status_code == 200]
    assert (await service.refresh(winner["refresh_token"])).status_code == 200


async def test_a_token_used_again_after_ten_seconds_ends_the_session(service: Service) -> None:
    user = await service.user()
    pair = (await service.refresh(user.refresh)).json()
    await age(service, "11 s")

    stolen = await service.refresh(user.refresh)

    assert (stolen.status_code, stolen.json()["code"]) == (401, "refresh-reused")
    after = await service.refresh(pair["refresh_token"])
    assert (after.status_code, after.json()["code"]) == (401, "refresh-invalid")
    [revoked] = await service.published("user.session_revoked")
    assert (revoked["session_id"], revoked["reason"]) == (user.sid, "refresh-reused")


async def test_the_access_tokens_of_a_stolen_session_are_refused_at_once(service: Service) -> None:
    user = await service.user()
    await service.refresh(user.refresh)
    await age(service, "11 s")
    await service.refresh(user.refresh)

    refused = await service.me(user)

    assert (refused.status_code, refused.json()["code"]) == (401, "token-revoked")


async def test_an_unknown_token_is_invalid(service: Service) -> None:
    refused = await service.refresh("no-such-token")

    assert (refused.status_code, refused.json()["code"]) == (401, "refresh-invalid")
    assert refused.headers["www-authenticate"] == 'Bearer error="invalid_token"'


async def test_who_stays_away_for_a_month_signs_in_again(service: Service) -> None:
    user = await service.user()
    await age(service, "30 days")

    refused = await service.refresh(user.refresh)

    assert (refused.status_code, refused.json()["code"]) == (401, "refresh-invalid")


async def test_a_new_pair_carries_the_roles_of_now(service: Service) -> None:
    user = await service.user()
    await service.database.execute("UPDATE users SET roles = '{customer,support}'")

    await service.refresh(user.refresh)

    assert (await service.signed_in(user.email)).claims["roles"] == ["customer", "support"]


async def test_no_refresh_token_is_stored_as_it_is_handed_out(service: Service) -> None:
    user = await service.user()

    row = await service.database.fetchval("SELECT refresh_tokens::text FROM refresh_tokens")

    assert user.refresh not in row
    assert user.refresh.encode().hex() not in row
