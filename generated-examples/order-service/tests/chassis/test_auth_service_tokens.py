"""Tokens that a service gets for itself, to call others with."""

import asyncio
import base64
import time
from collections.abc import Mapping

import jwt
import pytest

from order_service.chassis.application import Application
from order_service.chassis.auth import service_tokens
from order_service.chassis.errors import Unavailable
from order_service.chassis.features import BLUEPRINT

from .fixtures_auth import SECRET, Clock, Guarded, Issuer, until
from .fixtures_service import client_for

OTHER = "another-service"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock(time.time)
    monkeypatch.setattr(service_tokens, "time", clock)
    return clock


@pytest.fixture
def app(guarded: Guarded, issuer: Issuer) -> Application:
    """A service that gets its tokens from the issuer."""
    return guarded(issuer.client_settings)


async def headers(app: Application, audience: str = OTHER) -> Mapping[str, str]:
    assert app.credentials is not None
    return await app.credentials.headers(audience)


async def test_in_development_a_service_makes_tokens_that_another_takes(
    guarded: Guarded, auth_settings: dict[str, str]
) -> None:
    app = guarded(auth_settings)

    async with client_for(app) as client:
        welcome = await client.get("/v1/service", headers=await headers(app, app.name))

    assert welcome.json() == {"sub": app.name}


async def test_a_token_is_for_one_service_and_for_five_minutes(
    guarded: Guarded, auth_settings: dict[str, str]
) -> None:
    sent = (await headers(guarded(auth_settings)))["Authorization"].removeprefix("Bearer ")

    said = jwt.decode(sent, SECRET, algorithms=["HS256"], audience=OTHER)

    assert (said["sub"], said["aud"], said["roles"]) == (BLUEPRINT.name, OTHER, ["service"])
    assert said["exp"] - said["iat"] == 300


async def test_the_issuer_is_asked_with_the_service_s_name_and_secret(
    app: Application, issuer: Issuer
) -> None:
    async with client_for(app) as client:
        welcome = await client.get("/v1/service", headers=await headers(app, app.name))

    basic = base64.b64encode(f"{app.name}:{SECRET}".encode()).decode()
    assert welcome.json() == {"sub": app.name}
    assert issuer.asked == [(f"Basic {basic}", app.name)]


async def test_a_crowd_of_calls_is_one_question_for_each_service(
    app: Application, issuer: Issuer
) -> None:
    async with client_for(app):
        await asyncio.gather(*(headers(app) for _ in range(50)))
        await headers(app, "a-third-service")

    assert [audience for _, audience in issuer.asked] == [OTHER, "a-third-service"]


async def test_a_token_is_replaced_after_four_fifths_of_its_life_and_nobody_waits(
    app: Application, issuer: Issuer, clock: Clock
) -> None:
    async with client_for(app):
        first = await headers(app)
        clock.ahead = 239
        assert await headers(app) == first
        assert len(issuer.asked) == 1

        clock.ahead = 241
        assert await headers(app) == first

        async def replaced() -> bool:
            return await headers(app) != first

        await until(replaced)
    assert len(issuer.asked) == 2


async def test_a_token_serves_to_its_end_while_the_issuer_is_away(
    app: Application, issuer: Issuer, clock: Clock
) -> None:
    async with client_for(app):
        first = await headers(app)
        await issuer.stop()

        clock.ahead = 299
        assert await headers(app) == first
        clock.ahead = 300
        with pytest.raises(Unavailable, match=OTHER):
            await headers(app)


async def test_a_secret_is_neither_logged_nor_told_when_the_issuer_refuses(
    app: Application, issuer: Issuer, capsys: pytest.CaptureFixture[str]
) -> None:
    issuer.granted_seconds = -1

    async with client_for(app):
        with pytest.raises(Unavailable) as refused:
            await headers(app)

    assert SECRET not in str(refused.value)
    assert SECRET not in capsys.readouterr().out


async def test_a_service_that_was_told_no_way_has_no_credentials(
    guarded: Guarded, issuer: Issuer
) -> None:
    assert guarded(issuer.settings).credentials is None
