"""One OpenAPI document of all services, under the public paths."""

from typing import Any

from aiohttp import web
from httpx import AsyncClient
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.fixtures import Serve
from tests.registry import FakeRegistry
from tests.upstreams import Handler, Upstreams
from tests.waiting import eventually

Json = dict[str, Any]
SOON = {"DOCUMENTS_GATHER_SECONDS": 0.01}


def document(path: str, thing: str) -> Json:
    """What a service with one route says of itself; all call their answer Thing."""
    answer = {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}
    operation = {
        "operationId": "thing_get",
        "tags": ["things"],
        "security": [{"bearer": []}],
        "responses": {"200": {"description": "OK", "content": answer}},
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": thing, "version": "1"},
        "paths": {path: {"get": operation}, "/internal": {"get": operation}},
        "components": {
            "schemas": {"Thing": {"type": "object", "title": thing}},
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
    }


def saying(said: object) -> Handler:
    async def answer(request: web.Request) -> web.Response:
        return web.json_response(said)

    return answer


async def merged(client: AsyncClient) -> Json:
    said: Json = (await client.get("/openapi.json")).json()
    return said


async def test_all_services_are_in_one_valid_document_with_names_kept_apart(
    registry: FakeRegistry, upstreams: Upstreams, serve: Serve
) -> None:
    for name in ("orders", "users"):
        upstream = await upstreams.start(saying(document(f"/v1/{name}", name)))
        registry.publish(name, upstream.url)
    client = await serve(**SOON)

    said = await eventually(lambda: merged(client), lambda one: len(one["paths"]) == 2)

    assert set(said["paths"]) == {"/api/v1/orders", "/api/v1/users"}
    assert said["components"]["schemas"]["orders.Thing"]["title"] == "orders"
    assert said["components"]["schemas"]["users.Thing"]["title"] == "users"
    assert list(said["components"]["securitySchemes"]) == ["bearer"]
    OpenAPIV31SpecValidator(said).validate()


async def test_a_service_that_leaves_leaves_the_document(
    registry: FakeRegistry, upstreams: Upstreams, serve: Serve
) -> None:
    upstream = await upstreams.start(saying(document("/v1/orders", "orders")))
    registry.publish("orders", upstream.url)
    client = await serve(**SOON)
    await eventually(lambda: merged(client), lambda one: len(one["paths"]) == 1)

    registry.services.clear()

    await eventually(lambda: merged(client), lambda one: not one["paths"])


async def test_what_a_service_says_of_the_paths_of_others_is_not_believed(
    registry: FakeRegistry, upstreams: Upstreams, serve: Serve
) -> None:
    rogue = await upstreams.start(saying(document("/v1/orders", "rogue")))
    owner = await upstreams.start(saying(document("/v1/orders", "orders")))
    registry.publish("orders", owner.url)
    registry.publish("rogue", rogue.url)
    client = await serve(**SOON)

    said = await eventually(lambda: merged(client), lambda one: len(one["paths"]) == 1)

    [operation] = said["paths"]["/api/v1/orders"].values()
    assert operation["operationId"] == "orders.thing_get"


async def test_nonsense_of_one_service_keeps_no_other_out(
    registry: FakeRegistry, upstreams: Upstreams, serve: Serve
) -> None:
    broken = await upstreams.start(saying(["no", "document"]))
    sound = await upstreams.start(saying(document("/v1/orders", "orders")))
    registry.publish("broken", broken.url)
    registry.publish("orders", sound.url)
    client = await serve(**SOON)

    said = await eventually(lambda: merged(client), lambda one: len(one["paths"]) == 1)

    OpenAPIV31SpecValidator(said).validate()
    assert (await client.get("/docs")).status_code == 200
