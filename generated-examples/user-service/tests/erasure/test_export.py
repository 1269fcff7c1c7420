"""The right to know what is kept, by any of the services."""

import json

import jwt
import pytest
from httpx import Response

from tests.chassis.fixtures_client import Upstream, UpstreamOf, says
from tests.people import Service, User

OTHERS = ("product", "order", "cart", "notification")


@pytest.fixture
async def others(upstream_of: UpstreamOf, environment: pytest.MonkeyPatch) -> dict[str, Upstream]:
    """The other services, each of which keeps something."""
    started = {noun: await upstream_of(says(200, {f"{noun}s": [noun]})) for noun in OTHERS}
    targets = [f"{noun}-service={one.url}" for noun, one in started.items()]
    environment.setenv("CLIENT_TARGETS", ",".join(targets))
    return started


async def export(service: Service, user: User) -> Response:
    return await service.http.get("/v1/users/me/export", headers=user.headers)


async def test_an_export_holds_all_that_is_kept_here(
    others: dict[str, Upstream], service: Service
) -> None:
    user = await service.user()
    await service.signed_in(user.email)

    exported = await export(service, user)

    assert exported.status_code == 200
    assert exported.json()["profile"] == (await service.me(user)).json()
    assert len(exported.json()["sessions"]) == 2
    actions = [one["action"] for one in exported.json()["history"]]
    assert actions[:3] == ["user.registered", "user.email_verified", "session.begun"]
    assert "password" not in json.dumps(exported.json()["profile"])
    assert exported.headers["cache-control"] == "no-store"


async def test_an_export_holds_what_every_other_service_keeps_in_its_own_words(
    others: dict[str, Upstream], service: Service
) -> None:
    user = await service.user()

    exported = (await export(service, user)).json()

    for noun, other in others.items():
        assert exported[f"{noun}s"] == {f"{noun}s": [noun]}
        assert other.requests[0].path == f"/v1/{noun}s/exports/{user.id}"


async def test_each_is_asked_with_a_token_that_is_good_there_alone(
    others: dict[str, Upstream], service: Service
) -> None:
    await export(service, await service.user())

    shown = others["cart"].requests[0].headers["authorization"].removeprefix("Bearer ")
    keys = (await service.http.get("/.well-known/jwks.json")).json()["keys"]
    [key] = [one for one in keys if one["kid"] == jwt.get_unverified_header(shown)["kid"]]
    said = jwt.decode(shown, jwt.PyJWK(key), ["ES256"], audience="cart-service")
    assert (said["sub"], said["roles"]) == ("user-service", ["service"])


async def test_there_is_no_partial_export(others: dict[str, Upstream], service: Service) -> None:
    user = await service.user()
    await others["notification"].stop()

    refused = await export(service, user)

    assert (refused.status_code, refused.json()["code"]) == (503, "dependency-unavailable")
    assert "retry-after" in refused.headers
