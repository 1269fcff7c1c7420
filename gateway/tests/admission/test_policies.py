"""Whom the edge lets in, and what it tells the service about them."""

import json
import time
from collections.abc import Callable

import pytest
from httpx import AsyncClient

from gateway.chassis.application import Application
from gateway.chassis.auth import Revocations

from tests.chassis.fixtures_auth import bearer, claims, token
from tests.chassis.fixtures_service import client_for
from tests.chassis.test_auth_tokens import HEADER, MALFORMED, WRONG, signed
from tests.fixtures import Serve
from tests.registry import FakeRegistry
from tests.upstreams import Upstream, Upstreams


@pytest.fixture
async def staff(upstreams: Upstreams, registry: FakeRegistry) -> Upstream:
    """A service for support and admins."""
    upstream = await upstreams.start()
    registry.publish("staff", upstream.url, policy="roles", roles=("support", "admin"))
    return upstream


@pytest.fixture
async def mine(upstreams: Upstreams, registry: FakeRegistry) -> Upstream:
    """A service for everybody with a token."""
    upstream = await upstreams.start()
    registry.publish("mine", upstream.url, policy="authenticated")
    return upstream


async def test_without_a_token_nothing_reaches_the_service(mine: Upstream, serve: Serve) -> None:
    client = await serve()

    refused = await client.get("/api/v1/mine")

    assert refused.status_code == 401
    assert refused.json()["code"] == "token-missing"
    assert refused.headers["www-authenticate"] == "Bearer"
    assert mine.seen == []


@pytest.mark.parametrize("sent", ["nonsense", token(padding="x" * 8192), token(aud="others")])
async def test_a_bad_token_is_refused(mine: Upstream, serve: Serve, sent: str) -> None:
    client = await serve()

    refused = await client.get("/api/v1/mine", headers=bearer(sent))

    assert (refused.status_code, refused.json()["code"]) == (401, "token-invalid")
    assert mine.seen == []


async def test_whatever_is_wrong_with_a_token_nothing_reaches_the_service(
    mine: Upstream, serve: Serve
) -> None:
    client = await serve(LIMIT_READ="100000/s/ip")
    wrong = [signed(HEADER, json.dumps(claims(**changes)).encode()) for changes in WRONG.values()]
    tokens = (*MALFORMED.values(), *wrong)
    sent = [one for one in tokens if one and one.isascii() and one.isprintable()]

    answers = [await client.get("/api/v1/mine", headers=bearer(one)) for one in sent]

    assert {one.status_code for one in answers} == {401}
    assert mine.seen == []


async def test_a_token_that_was_good_once_is_looked_at_each_time(
    mine: Upstream, serve: Serve, valkey_url: str
) -> None:
    client = await serve(AUTH_LEEWAY_SECONDS=0)
    headers = bearer(token(jti="soon-revoked"))
    assert (await client.get("/api/v1/mine", headers=headers)).status_code == 200

    edge = bearer(token(iat=1, exp=2))

    assert (await client.get("/api/v1/mine", headers=edge)).json()["code"] == "token-expired"
    assert (await client.get("/api/v1/mine", headers=edge)).json()["code"] == "token-expired"


async def test_a_session_that_was_ended_is_refused_at_the_edge(
    mine: Upstream, create_app: Callable[[], Application]
) -> None:
    app = create_app()
    async with client_for(app) as client:
        assert (await client.get("/api/v1/mine", headers=bearer(token()))).status_code == 200

        await app.resource(Revocations).revoke("session-1", int(time.time()) + 300)

        refused = await client.get("/api/v1/mine", headers=bearer(token()))
        other = await client.get("/api/v1/mine", headers=bearer(token(sid="session-2")))
    assert (refused.status_code, refused.json()["code"]) == (401, "token-revoked")
    assert other.status_code == 200
    assert len(mine.seen) == 2


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_tokens_are_counted_before_they_are_verified(
    mine: Upstream, serve: Serve, method: str
) -> None:
    client = await serve(LIMIT_READ="2/h/ip", LIMIT_WRITE="60/min/user")

    answered = [
        (await client.request(method, "/api/v1/mine", headers=bearer(f"{guess}.a.b"))).status_code
        for guess in range(3)
    ]

    assert answered == [401, 401, 429]


async def test_a_token_that_is_known_is_not_counted_with_the_unknown_ones(
    mine: Upstream, serve: Serve
) -> None:
    client = await serve(LIMIT_READ="1/h/ip", LIMIT_WRITE="3/h/user")
    headers = bearer(token())

    answered = [(await client.post("/api/v1/mine", headers=headers)).status_code for _ in range(4)]

    assert answered == [200, 200, 200, 429]


async def test_the_role_decides(staff: Upstream, serve: Serve) -> None:
    client = await serve()

    customer = await client.get("/api/v1/staff", headers=bearer(token()))
    support = await client.get("/api/v1/staff", headers=bearer(token(roles=["support"])))

    assert (customer.status_code, customer.json()["code"]) == (403, "forbidden")
    assert support.status_code == 200
    assert len(staff.seen) == 1


async def test_the_service_is_told_who_asks_and_not_what_the_client_says(
    mine: Upstream, serve: Serve
) -> None:
    client = await serve()
    forged = {"x-user-id": "root", "x-user-roles": "admin", "x-user-anything": "1"}
    signed = token(sub="alice Ü", roles=["customer", "b2b"])

    await client.get("/api/v1/mine", headers=bearer(signed) | forged)

    [seen] = mine.seen
    assert seen.header("x-user-id") == "alice %C3%9C"
    assert seen.header("x-user-roles") == "b2b,customer"
    assert seen.header("x-user-anything") is None
    assert seen.header("authorization") == f"Bearer {signed}"


async def test_a_public_route_is_open_to_a_bad_token_too(orders: Upstream, serve: Serve) -> None:
    client = await serve()

    for sent in (bearer("nonsense"), {}, bearer(token())):
        assert (await client.get("/api/v1/orders", headers=sent)).status_code == 200

    assert [one.header("x-user-id") for one in orders.seen] == [None, None, "alice"]


async def test_two_tokens_are_one_too_many(mine: Upstream, serve: Serve) -> None:
    client = await serve()
    sent = f"Bearer {token()}"
    twice = [("authorization", sent)] * 2

    assert (await client.get("/api/v1/mine", headers={"authorization": sent})).status_code == 200
    assert (await client.get("/api/v1/mine", headers=twice)).status_code == 401


async def test_the_issuers_keys_are_served_where_everybody_looks(
    upstreams: Upstreams, registry: FakeRegistry, serve: Serve
) -> None:
    upstream = await upstreams.start()
    registry.publish("users", upstream.url, prefix="/.well-known/jwks.json")
    client = await serve()

    assert (await client.get("/.well-known/jwks.json")).status_code == 200
    assert [one.target for one in upstream.seen] == ["/.well-known/jwks.json"]


async def test_nobody_healthy_is_unavailable_and_says_when_to_come_again(
    registry: FakeRegistry, serve: Serve
) -> None:
    registry.publish("ill", "http://127.0.0.1:1", state="unhealthy")
    client: AsyncClient = await serve()

    refused = await client.get("/api/v1/ill")

    assert (refused.status_code, refused.json()["code"]) == (503, "no-healthy-instance")
    assert refused.headers["retry-after"] == "1"
