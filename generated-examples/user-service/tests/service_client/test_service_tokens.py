"""Tokens with which services call each other."""

from base64 import b64encode
from hashlib import sha256

import jwt
import pytest
from httpx import Response
from pydantic import SecretStr

from user_service.chassis.auth.grants import TokenEndpoint
from user_service.chassis.auth.issuer import addresses
from user_service.chassis.database import Database
from user_service.chassis.errors import Unavailable
from user_service.service_client.service import admit, dismiss

from tests.people import Service


async def ask(service: Service, authorization: str | None, audience: str = "b") -> Response:
    headers = {"authorization": authorization} if authorization else {}
    return await service.http.post(
        "/v1/auth/service-token", json={"audience": audience}, headers=headers
    )


def basic(name: str, secret: str) -> str:
    return "Basic " + b64encode(f"{name}:{secret}".encode()).decode()


async def test_a_service_gets_a_token_that_is_good_at_one_other(service: Service) -> None:
    secret = await admit(service.app.resource(Database), "order-service")

    granted = await ask(service, basic("order-service", secret), "product-service")

    assert (granted.status_code, granted.json()["expires_in"]) == (200, 300)
    said = jwt.decode(granted.json()["access_token"], options={"verify_signature": False})
    assert (said["sub"], said["roles"]) == ("order-service", ["service"])
    assert said["aud"] == "product-service"
    assert said["exp"] - said["iat"] == 300


@pytest.fixture
def configured(environment: pytest.MonkeyPatch) -> str:
    """The secret of a service that the settings let in."""
    secret = "of-a-service-that-the-settings-name"
    digest = sha256(secret.encode()).hexdigest()
    environment.setenv("SERVICE_CLIENTS", f"cart-service={digest}")
    return secret


async def test_a_service_that_the_settings_name_gets_a_token_without_being_admitted(
    configured: str, service: Service
) -> None:
    granted = await ask(service, basic("cart-service", configured), "product-service")
    refused = await ask(service, basic("cart-service", "another"), "product-service")

    assert (granted.status_code, refused.status_code) == (200, 401)


async def test_such_a_token_is_good_nowhere_else(service: Service) -> None:
    secret = await admit(service.app.resource(Database), "order-service")
    token = (await ask(service, basic("order-service", secret), "product-service")).json()

    headers = {"authorization": f"Bearer {token['access_token']}"}
    refused = await service.http.get("/v1/users/me", headers=headers)

    assert (refused.status_code, refused.json()["code"]) == (401, "token-invalid")


async def test_a_service_is_nobody_s_user(service: Service) -> None:
    secret = await admit(service.app.resource(Database), "order-service")
    token = (await ask(service, basic("order-service", secret), "user-service")).json()

    headers = {"authorization": f"Bearer {token['access_token']}"}
    refused = await service.http.get("/v1/users/me", headers=headers)

    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "Basic",
        "Basic !",
        "Bearer abc",
        basic("order-service", "wrong"),
        basic("nobody", "wrong"),
        basic("", ""),
    ],
)
async def test_who_does_not_prove_to_be_a_service_gets_none(
    service: Service, authorization: str | None
) -> None:
    await admit(service.app.resource(Database), "order-service")

    refused = await ask(service, authorization)

    assert (refused.status_code, refused.json()["code"]) == (401, "invalid-client")
    assert refused.headers["www-authenticate"].startswith("Basic ")


async def test_a_dismissed_service_gets_none(service: Service) -> None:
    database = service.app.resource(Database)
    secret = await admit(database, "order-service")
    await dismiss(database, "order-service")

    assert (await ask(service, basic("order-service", secret))).status_code == 401


def endpoint(service: Service, secret: str) -> TokenEndpoint:
    """How the chassis of order-service asks."""
    where = addresses(service.app, str(service.http.base_url.join("/v1/auth/service-token")))
    return TokenEndpoint(where, "order-service", SecretStr(secret), call_seconds=5)


async def test_the_chassis_of_any_service_knows_how_to_ask(service: Service) -> None:
    secret = await admit(service.app.resource(Database), "order-service")

    async with endpoint(service, secret) as asking:
        granted = await asking.grant("product-service")

    assert granted.expires_in == 300


async def test_the_chassis_is_told_no_where_the_secret_is_wrong(service: Service) -> None:
    async with endpoint(service, "x") as asking:
        with pytest.raises(Unavailable):
            await asking.grant("product-service")
