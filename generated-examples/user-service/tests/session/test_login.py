"""How somebody signs in, and how often one may guess."""

import asyncio
from datetime import datetime

import pytest

from user_service.credential.hashing import Hasher

from tests.people import PASSWORD, Service

ADA = "ada@example.com"
WRONG = "not the password at all"


async def test_a_login_answers_a_pair_of_tokens(service: Service) -> None:
    user = await service.user(ADA)

    answered = await service.login(ADA.upper())

    assert answered.status_code == 200
    assert answered.json().keys() == {"access_token", "token_type", "expires_in", "refresh_token"}
    assert (answered.json()["token_type"], answered.json()["expires_in"]) == ("Bearer", 300)
    assert answered.headers["cache-control"] == "no-store"
    assert (await service.me(user)).json()["id"] == user.id


async def test_an_access_token_says_who_and_what_for_five_minutes(service: Service) -> None:
    user = await service.user(ADA)

    assert user.claims["sub"] == user.id
    assert user.claims["iss"] == "development"
    assert user.claims["aud"] == ["development"]
    assert user.claims["roles"] == ["customer"]
    assert user.claims["ver"] == 2
    assert user.claims["exp"] - user.claims["iat"] == 300
    assert {"sid", "jti"} <= user.claims.keys()


async def test_an_unknown_user_and_a_wrong_password_are_told_the_same(service: Service) -> None:
    await service.user(ADA)

    wrong = await service.login(ADA, WRONG)
    unknown = await service.login("nobody@example.com", WRONG)

    assert (wrong.status_code, wrong.json()["code"]) == (401, "invalid-credentials")
    assert wrong.headers["www-authenticate"] == "Bearer"
    for_each = {"request_id", "trace_id"}
    assert {name: value for name, value in wrong.json().items() if name not in for_each} == {
        name: value for name, value in unknown.json().items() if name not in for_each
    }


async def test_an_unknown_user_costs_the_same_check_of_a_hash(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[str] = []
    matches = Hasher._matches

    def watch(hasher: Hasher, hash: str, password: str) -> bool:
        checked.append(hash.rpartition("$")[0].rpartition("$")[0])
        return matches(hasher, hash, password)

    monkeypatch.setattr(Hasher, "_matches", watch)
    await service.user(ADA)
    await service.login(ADA, WRONG)
    await service.login("nobody@example.com", WRONG)

    assert len(checked) == 3
    assert len(set(checked)) == 1


async def test_after_ten_wrong_guesses_even_the_right_password_waits(service: Service) -> None:
    user = await service.user(ADA)
    for _ in range(10):
        assert (await service.login(ADA, WRONG)).status_code == 401

    refused = await service.login(ADA, PASSWORD)

    assert (refused.status_code, refused.json()["code"]) == (429, "login-throttled")
    assert 0 < int(refused.headers["retry-after"]) <= 900
    [locked] = await service.published("user.locked")
    assert locked["user_id"] == user.id
    assert datetime.fromisoformat(locked["until"]).tzinfo is not None


async def test_an_address_that_nobody_has_is_throttled_the_same(service: Service) -> None:
    for _ in range(10):
        await service.login("nobody@example.com", WRONG)

    assert (await service.login("nobody@example.com", WRONG)).status_code == 429
    assert await service.published("user.locked") == []


async def test_guesses_made_at_once_are_counted_one_by_one(service: Service) -> None:
    await service.user(ADA)

    answers = await asyncio.gather(*(service.login(ADA, WRONG) for _ in range(30)))

    assert sorted(answer.status_code for answer in answers) == [401] * 10 + [429] * 20
    assert len(await service.published("user.locked")) == 1


async def test_a_quarter_of_an_hour_later_one_may_guess_again(service: Service) -> None:
    await service.user(ADA)
    for _ in range(11):
        await service.login(ADA, WRONG)
    await service.database.execute("UPDATE login_attempts SET since = since - interval '15 min'")

    assert (await service.login(ADA)).status_code == 200


async def test_a_login_forgets_the_guesses_before_it(service: Service) -> None:
    await service.user(ADA)
    for _ in range(9):
        await service.login(ADA, WRONG)
    await service.login(ADA)

    assert (await service.login(ADA, WRONG)).status_code == 401


async def test_a_password_hashed_with_other_settings_is_hashed_again(service: Service) -> None:
    await service.user(ADA)
    old = await service.database.fetchval("SELECT password_hash FROM users")
    cheaper = service.app.resource(Hasher)._argon2
    monkey = type(cheaper)(time_cost=2, memory_cost=8, parallelism=1)
    service.app.resource(Hasher)._argon2 = monkey

    await service.login(ADA)

    new = await service.database.fetchval("SELECT password_hash FROM users")
    assert "t=1" in old
    assert "t=2" in new
    assert (await service.login(ADA)).status_code == 200


async def test_a_password_typed_another_way_is_the_same(service: Service) -> None:
    await service.register(ADA, "caf\u00e9 au lait, please")
    await service.verify(await service.link(ADA))

    assert (await service.login(ADA, "cafe\u0301 au lait, please")).status_code == 200
