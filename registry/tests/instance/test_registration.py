from collections.abc import Callable
from typing import Any

import pytest
from httpx import AsyncClient, Response

from registry.chassis.application import Application

from tests.chassis.fixtures_service import client_for
from tests.conftest import HEADERS
from tests.instance.calls import NOWHERE, only_instance, register, services

ROUTE = "/metadata/routes/0"
V1 = {"prefix": "/v1", "methods": ["GET"]}


async def attempt(client: AsyncClient, **said: object) -> Response:
    return await client.post("/register", json={"name": "orders", "url": NOWHERE, **said})


async def test_a_new_instance_is_given_a_lease(client: AsyncClient) -> None:
    answered = await attempt(client, ttl=30)

    lease = answered.json()
    assert answered.status_code == 201
    assert lease["instance_id"]
    assert len(lease["lease_secret"]) >= 32
    assert lease["ttl"] == 30
    assert lease["revision"] == 1


async def test_an_instance_that_says_no_ttl_is_given_15_seconds(client: AsyncClient) -> None:
    lease = await register(client)

    assert lease["ttl"] == 15


async def test_the_same_instance_again_keeps_its_id_and_gets_a_new_lease(
    client: AsyncClient,
) -> None:
    first = await register(client)

    again = await attempt(client, version="2.0")

    assert again.status_code == 200
    assert again.json()["instance_id"] == first["instance_id"]
    assert again.json()["lease_secret"] != first["lease_secret"]
    assert (await only_instance(client))["version"] == "2.0"


async def test_another_url_is_another_instance(client: AsyncClient) -> None:
    first = await register(client, url="http://127.0.0.1:9")
    second = await register(client, url="http://127.0.0.1:10")

    assert first["instance_id"] != second["instance_id"]
    assert len((await services(client))["orders"]) == 2


async def test_what_an_instance_says_of_itself_is_listed(client: AsyncClient) -> None:
    refunds = {
        "prefix": "/v1/orders/refunds",
        "methods": ["POST"],
        "policy": "roles",
        "roles": ["support"],
        "limit": "money",
        "encoded_slashes": True,
    }
    keys = {
        "prefix": "/.well-known/jwks.json",
        "methods": ["GET"],
        "policy": "public",
        "roles": [],
        "limit": None,
        "encoded_slashes": False,
    }
    metadata = {
        "routes": [refunds, keys],
        "websocket": True,
        "zone": "west",
        "weight": 3,
        "hash_by": "x-cart-token",
    }

    await register(client, version="1.2.3", metadata=metadata)

    listed = await only_instance(client)
    assert listed["url"] == NOWHERE
    assert listed["version"] == "1.2.3"
    assert listed["metadata"] == metadata


async def test_a_field_of_a_newer_service_is_ignored(client: AsyncClient) -> None:
    assert (await attempt(client, invented_later=1)).status_code == 201


async def test_metadata_that_the_registry_does_not_know_are_passed_on(client: AsyncClient) -> None:
    route = {"prefix": "/v1", "methods": ["GET"], "policy": "new", "audience": ["partners"]}

    await register(client, metadata={"routes": [route], "balance": "hash"})

    listed = (await only_instance(client))["metadata"]
    assert listed["routes"][0].items() >= route.items()
    assert listed["balance"] == "hash"


async def test_metadata_have_a_size(client: AsyncClient) -> None:
    refused = await attempt(client, metadata={"note": "x" * 16 * 1024})

    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/metadata"


@pytest.mark.parametrize("name", ["", "-a", "a-", "Orders", "a_b", "a.b", "a" * 64, "a\n"])
async def test_a_name_that_is_no_host_label_is_refused(client: AsyncClient, name: str) -> None:
    refused = await attempt(client, name=name)

    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/name"


@pytest.mark.parametrize(
    "url",
    [
        "127.0.0.1:80",
        "ftp://127.0.0.1",
        "http://",
        "http://user@127.0.0.1",
        "http://user:word@127.0.0.1",
        "http://127.0.0.1#part",
        "http://127.0.0.1?",
        "http://127.0.0.1/base",
        "http://127.0.0.1:0",
        "http://127.0.0.1:65536",
        "http://127.0.0.1:80 ",
        "http://[::1",
    ],
)
async def test_a_url_that_is_no_plain_origin_is_refused(client: AsyncClient, url: str) -> None:
    refused = await attempt(client, url=url)

    assert refused.status_code == 400
    assert refused.json()["code"] == "refused-url"


async def test_a_slash_at_the_end_of_the_url_is_the_same_instance(client: AsyncClient) -> None:
    first = await register(client, url="http://127.0.0.1:9")
    again = await register(client, url="HTTP://127.0.0.1:9/")

    assert again["instance_id"] == first["instance_id"]


@pytest.mark.parametrize(
    ("said", "pointer"),
    [
        ({"ttl": 0.5}, "/ttl"),
        ({"ttl": "15"}, "/ttl"),
        ({"health_check": "health"}, "/health_check"),
        ({"metadata": {"weight": 0}}, "/metadata/weight"),
        ({"metadata": {"zone": "The West"}}, "/metadata/zone"),
        ({"metadata": {"routes": [{"prefix": "/v1/..", "methods": ["GET"]}]}}, f"{ROUTE}/prefix"),
        ({"metadata": {"routes": [{"prefix": "v1", "methods": ["GET"]}]}}, f"{ROUTE}/prefix"),
        ({"metadata": {"routes": [{"prefix": "/v1/", "methods": ["GET"]}]}}, f"{ROUTE}/prefix"),
        ({"metadata": {"routes": [{"prefix": "/v1", "methods": []}]}}, f"{ROUTE}/methods"),
        ({"metadata": {"routes": [{"prefix": "/v1", "methods": ["get"]}]}}, f"{ROUTE}/methods/0"),
        ({"metadata": {"routes": [{**V1, "limit": 5}]}}, f"{ROUTE}/limit"),
        ({"metadata": {"routes": [{**V1, "roles": "admin"}]}}, f"{ROUTE}/roles"),
        ({"metadata": {"routes": [{**V1, "encoded_slashes": "?"}]}}, f"{ROUTE}/encoded_slashes"),
        ({"metadata": {"hash_by": "X Token"}}, "/metadata/hash_by"),
    ],
)
async def test_a_wrong_value_is_named(
    client: AsyncClient, said: dict[str, Any], pointer: str
) -> None:
    refused = await attempt(client, **said)

    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == pointer


async def test_there_is_room_for_so_many_instances_of_a_service(
    create_app: Callable[[], Application], bare_environment: pytest.MonkeyPatch
) -> None:
    bare_environment.setenv("MAX_INSTANCES_PER_SERVICE", "1")
    async with client_for(create_app(), HEADERS) as client:
        await register(client)

        refused = await attempt(client, url="http://127.0.0.1:10")
        again = await attempt(client)

    assert refused.status_code == 429
    assert refused.json()["code"] == "quota-exceeded"
    assert again.status_code == 200


async def test_there_is_room_for_so_many_instances_in_all(
    create_app: Callable[[], Application], bare_environment: pytest.MonkeyPatch
) -> None:
    bare_environment.setenv("MAX_INSTANCES", "1")
    async with client_for(create_app(), HEADERS) as client:
        await register(client)

        refused = await attempt(client, name="users")

    assert refused.status_code == 429
