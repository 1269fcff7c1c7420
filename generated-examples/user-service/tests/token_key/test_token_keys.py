"""The keys that tokens are signed with, and how they change."""

from collections.abc import Callable

import jwt
import pytest
from asyncpg import Record
from cryptography.hazmat.primitives.serialization import load_der_private_key

from user_service.chassis.application import Application
from user_service.chassis.database import Database
from user_service.chassis.settings import Misconfigured
from user_service.token_key.keys import TokenKeys
from user_service.token_key.service import retire

from tests.chassis.fixtures_service import client_for, failure_at_start
from tests.people import Json, Service


async def shown(service: Service) -> dict[str, Json]:
    """The keys that everybody sees, by their name."""
    answered = await service.http.get("/.well-known/jwks.json")
    return {key["kid"]: key for key in answered.json()["keys"]}


async def states(service: Service) -> dict[str, str]:
    rows = await service.database.fetch("SELECT kid, state FROM signing_keys")
    return {row["state"]: row["kid"] for row in rows}


async def rotate(service: Service) -> None:
    """What happens when the time of the active key is over."""
    await retire(service.app.resource(Database))
    await service.app.resource(TokenKeys).rotate()


async def test_everybody_may_see_the_active_and_the_next_key_for_five_minutes(
    service: Service,
) -> None:
    answered = await service.http.get("/.well-known/jwks.json")

    assert answered.headers["cache-control"] == "public, max-age=300"
    assert set(await shown(service)) == set((await states(service)).values())
    assert {
        (key["kty"], key["crv"], key["alg"], key["use"]) for key in answered.json()["keys"]
    } == {("EC", "P-256", "ES256", "sig")}
    assert not [key for key in answered.json()["keys"] if "d" in key]


async def test_a_token_is_signed_with_the_active_key_that_it_names(service: Service) -> None:
    user = await service.user()

    kid = jwt.get_unverified_header(user.access)["kid"]

    assert kid == (await states(service))["active"]
    key = jwt.PyJWK((await shown(service))[kid])
    jwt.decode(user.access, key, algorithms=["ES256"], audience="development")


async def test_a_rotation_makes_the_next_key_sign_and_a_new_one_next(service: Service) -> None:
    before = await states(service)

    await rotate(service)

    after = await states(service)
    assert (after["active"], after["retired"]) == (before["next"], before["active"])
    assert after["next"] not in before.values()
    assert set(await shown(service)) == set(after.values())


async def test_tokens_of_the_former_key_stay_good_through_a_rotation(service: Service) -> None:
    user = await service.user()

    await rotate(service)

    assert (await service.me(user)).status_code == 200
    fresh = await service.signed_in(user.email)
    assert (await service.me(fresh)).status_code == 200


async def test_a_key_is_shown_for_an_hour_after_it_signed(service: Service) -> None:
    user = await service.user()
    await rotate(service)
    await service.database.execute(
        "UPDATE signing_keys SET not_after = now() WHERE state = 'retired'"
    )

    await service.app.resource(TokenKeys).rotate()

    assert "retired" not in await states(service)
    assert (await service.me(user)).json()["code"] == "token-invalid"


async def test_two_replicas_share_their_keys_and_learn_of_each_other_s_rotation(
    service: Service, create_app: Callable[[], Application]
) -> None:
    other = create_app()
    async with client_for(other) as http:
        await rotate(service)
        user = await service.user()

        answered = await http.get("/v1/users/me", headers=user.headers)

    assert answered.status_code == 200


async def private(service: Service) -> list[Record]:
    return await service.database.fetch("SELECT kid, private_enc FROM signing_keys")


async def test_what_lies_in_the_database_is_no_key(service: Service) -> None:
    for row in await private(service):
        with pytest.raises(ValueError, match="deserialize"):
            load_der_private_key(row["private_enc"], password=None)


async def test_another_secret_stops_the_start_and_says_what_to_do(
    service: Service, create_app: Callable[[], Application], environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("SIGNING_SECRET", "another-secret-of-forty-characters-here!")

    assert "does not open with SIGNING_SECRET" in await failure_at_start(create_app())


async def test_production_needs_a_secret_of_its_own(
    environment: pytest.MonkeyPatch, create_app: Callable[[], Application]
) -> None:
    environment.setenv("ENVIRONMENT", "production")
    with pytest.raises(Misconfigured) as refused:
        create_app()

    assert refused.value.problems["SIGNING_SECRET"] == "is missing"
