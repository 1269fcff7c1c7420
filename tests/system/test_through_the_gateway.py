"""What a caller sees of the running stack: every service answers through the gateway."""

import asyncio
from urllib.parse import urlsplit

import asyncpg
import httpx
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from .conftest import Stack, eventually

LIMIT = 1024 * 1024
EDGE = {"gateway", "registry"}


def test_a_wrong_method_is_told_the_right_ones_and_does_no_harm(client: httpx.Client) -> None:
    refused = client.put("/api/v1/products", json={})

    assert refused.status_code == 405
    assert "POST" in refused.headers["allow"]
    assert client.get("/api/v1/products").status_code == 200


def test_malformed_json_is_a_problem_document(client: httpx.Client) -> None:
    refused = client.post(
        "/api/v1/users", content=b'{"name', headers={"content-type": "application/json"}
    )

    assert refused.status_code == 400
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["code"] == "malformed-json"


def test_an_oversized_body_is_refused_and_the_next_request_works(client: httpx.Client) -> None:
    refused = client.post(
        "/api/v1/users",
        content=b" " * (LIMIT + 1),
        headers={"content-type": "application/json"},
    )

    assert refused.status_code == 413
    assert client.get("/api/v1/products").status_code == 200


def test_a_path_that_nobody_owns_is_not_found(client: httpx.Client) -> None:
    missing = client.get("/api/v1/spaceships")

    assert missing.status_code == 404
    assert missing.headers["content-type"] == "application/problem+json"


def test_one_request_has_one_id_from_the_gateway_to_the_service(client: httpx.Client) -> None:
    refused = client.get(
        "/api/v1/products/01a20479-f9b2-7720-be2b-e5f01853867d", headers={"x-request-id": "walk-1"}
    )

    assert refused.json()["request_id"] == "walk-1"
    assert refused.headers.get_list("x-request-id") == ["walk-1"]


def test_one_valid_document_describes_every_service(stack: Stack, client: httpx.Client) -> None:
    def described(answer: httpx.Response) -> bool:
        ids = [
            operation["operationId"]
            for item in answer.json()["paths"].values()
            for operation in item.values()
        ]
        return {one.partition(".")[0] for one in ids} >= set(stack.told["services"]) - EDGE

    answer = eventually(lambda: client.get("/openapi.json"), shows=described)

    OpenAPIV31SpecValidator(answer.json()).validate()


def test_the_keys_of_tokens_are_where_everybody_looks(client: httpx.Client) -> None:
    assert client.get("/.well-known/jwks.json").json()["keys"]


def test_the_registry_knows_every_service(stack: Stack) -> None:
    eventually(
        lambda: httpx.get(f"{stack.registry}/services"),
        shows=lambda answer: set(answer.json()["services"]) >= set(stack.told["services"]),
    )


def test_a_service_cannot_enter_the_database_of_another(stack: Stack) -> None:
    told = stack.told["services"]
    others = urlsplit(told["cart-service"]["database_url"]).path
    trespass = urlsplit(told["order-service"]["database_url"])._replace(path=others).geturl()

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        asyncio.run(asyncpg.connect(trespass))


def test_the_description_is_for_its_owner_alone(stack: Stack) -> None:
    assert stack.description.stat().st_mode & 0o777 == 0o600
