from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from enum import StrEnum
from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient
from nexios.http import Request, Response
from openapi_spec_validator import OpenAPIV31SpecValidator
from pydantic import BaseModel, Field

from product_service.chassis import openapi
from product_service.chassis.application import Application, Blueprint
from product_service.chassis.errors import Conflict, TooManyRequests
from product_service.chassis.features import BLUEPRINT
from product_service.chassis.http import answer, body, query
from product_service.chassis.paging import Page, PageQuery
from product_service.chassis.policy import (
    AUTHENTICATED,
    OPTIONAL,
    Policy,
    Principal,
    roles,
)
from product_service.chassis.routing import Router

from .fixtures_service import client_for

Json = dict[str, Any]
ServeOf = Callable[[Router], Awaitable[AsyncClient]]
DocumentOf = Callable[[Router], Awaitable[Json]]


class Size(StrEnum):
    small = "small"
    large = "large"


class ShirtInput(BaseModel):
    colour: str = "white"


class Shirt(BaseModel):
    id: UUID
    colour: str
    size: Size
    with_pocket: bool = False


class ShirtQuery(PageQuery):
    size: list[Size] = Field(default_factory=list)
    brand: str = Field(max_length=20, description="Who made it.")


async def handler(request: Request, response: Response, **path: object) -> Any:
    """Do it.

    And more
    about it.
    """
    return {}


@pytest.fixture
async def client_of(bare_environment: pytest.MonkeyPatch) -> AsyncIterator[ServeOf]:
    async with AsyncExitStack() as stack:

        async def serve(router: Router) -> AsyncClient:
            app = Application(Blueprint(BLUEPRINT.name, "test", [openapi]))
            app.include(router)
            return await stack.enter_async_context(client_for(app))

        yield serve


@pytest.fixture
def document_of(client_of: ServeOf) -> DocumentOf:
    async def document(router: Router) -> Json:
        made: Json = (await (await client_of(router)).get("/openapi.json")).json()
        OpenAPIV31SpecValidator(made).validate()
        return made

    return document


def schema_of(document: Json, response: Json) -> Json:
    schema: Json = response["content"]["application/json"]["schema"]
    name = schema.get("$ref", "").removeprefix("#/components/schemas/")
    return document["components"]["schemas"][name] if name else schema


async def test_a_service_without_routes_has_a_document_too(document_of: DocumentOf) -> None:
    document = await document_of(Router())

    assert document["openapi"] == "3.1.0"
    assert document["info"]["title"] == BLUEPRINT.name
    assert document["paths"] == {}


async def test_a_path_has_parameters_of_its_types(document_of: DocumentOf) -> None:
    router = Router(prefix="/v1/shops/{shop}")
    router.get("/{id:uuid}/{number:int}/{price:float}/{name:slug}", handler)

    document = await document_of(router)

    path = "/v1/shops/{shop}/{id}/{number}/{price}/{name}"
    parameters = document["paths"][path]["get"]["parameters"]
    assert {one["name"]: one["schema"] for one in parameters} == {
        "shop": {"type": "string"},
        "id": {"type": "string", "format": "uuid"},
        "number": {"type": "integer", "minimum": 0},
        "price": {"type": "number", "minimum": 0},
        "name": {"type": "string", "pattern": "^[a-z0-9]+(?:-[a-z0-9]+)*$"},
    }
    assert {(one["in"], one["required"]) for one in parameters} == {("path", True)}


async def test_a_query_has_the_parameters_of_its_model(document_of: DocumentOf) -> None:
    router = Router()
    router.get("/shirts", handler, query_model=ShirtQuery)

    document = await document_of(router)

    said = document["paths"]["/shirts"]["get"]["parameters"]
    parameters = {one["name"]: one for one in said}
    assert parameters["limit"]["schema"] == {
        "type": "integer",
        "minimum": 1,
        "maximum": 100,
        "default": 50,
    }
    assert parameters["cursor"]["schema"] == {"type": "string", "maxLength": 2048}
    assert parameters["size"]["schema"]["items"] == {"$ref": "#/components/schemas/Size"}
    assert parameters["brand"]["required"]
    assert parameters["brand"]["schema"]["description"] == "Who made it."


async def test_a_body_is_described_as_it_is_read_and_an_answer_as_it_is_sent(
    document_of: DocumentOf,
) -> None:
    router = Router()
    router.post("/shirts", handler, request_model=ShirtInput, responses={201: Shirt})

    document = await document_of(router)

    operation = document["paths"]["/shirts"]["post"]
    assert operation["requestBody"]["required"]
    assert "required" not in schema_of(document, operation["requestBody"])
    answered = schema_of(document, operation["responses"]["201"])
    assert answered["required"] == ["id", "colour", "size", "with_pocket"]
    assert operation["responses"]["201"]["headers"]["Location"]


@pytest.mark.parametrize(
    ("model", "kind"), [(list[Shirt], "array"), (Page[Shirt], "object"), (dict[str, int], "object")]
)
async def test_an_answer_may_be_any_type(document_of: DocumentOf, model: object, kind: str) -> None:
    router = Router()
    router.get("/shirts", handler, responses={200: model})

    document = await document_of(router)

    response = document["paths"]["/shirts"]["get"]["responses"]["200"]
    assert schema_of(document, response)["type"] == kind


async def test_models_of_one_name_stay_two(document_of: DocumentOf) -> None:
    class Shirt(BaseModel):
        sold: int

    router = Router()
    router.get("/shirts", handler, responses={200: globals()["Shirt"]})
    router.get("/sold", handler, responses={200: Shirt})

    document = await document_of(router)

    sold = document["paths"]["/sold"]["get"]["responses"]["200"]
    assert list(schema_of(document, sold)["properties"]) == ["sold"]


async def test_an_answer_without_a_body_has_none(document_of: DocumentOf) -> None:
    router = Router()
    router.delete("/shirts", handler, responses={204: None})

    document = await document_of(router)

    assert document["paths"]["/shirts"]["delete"]["responses"]["204"] == {
        "description": "No Content"
    }


async def test_the_words_come_from_the_handler(document_of: DocumentOf) -> None:
    router = Router(tags=["shirts"])
    router.get("/shirts", handler)

    operation = (await document_of(router))["paths"]["/shirts"]["get"]

    assert operation["summary"] == "Do it"
    assert operation["description"] == "And more\nabout it."
    assert operation["tags"] == ["shirts"]


async def test_every_operation_has_an_id_of_its_own(document_of: DocumentOf) -> None:
    router = Router()
    router.get("/a", handler)
    router.get("/b", handler)

    paths = (await document_of(router))["paths"]

    assert paths["/a"]["get"]["operationId"] == "chassis_handler"
    assert paths["/b"]["get"]["operationId"] == "chassis_handler_2"


async def test_every_route_declares_what_the_chassis_answers_for_it(
    document_of: DocumentOf,
) -> None:
    router = Router()
    router.get("/plain", handler)
    router.get("/searched", handler, query_model=PageQuery)
    router.put("/sent/{id}", handler, request_model=ShirtInput)

    paths = (await document_of(router))["paths"]

    assert list(paths["/plain"]["get"]["responses"]) == ["200", "500"]
    assert list(paths["/searched"]["get"]["responses"]) == ["200", "422", "500"]
    sent = ["200", "400", "404", "413", "415", "422", "500"]
    assert list(paths["/sent/{id}"]["put"]["responses"]) == sent


async def test_errors_of_the_router_and_of_the_route_are_problems_with_their_codes(
    document_of: DocumentOf,
) -> None:
    class OutOfStock(Conflict):
        code = "out-of-stock"

    router = Router(errors=[TooManyRequests])
    router.post("/orders", handler, errors=[Conflict, OutOfStock])

    document = await document_of(router)

    responses = document["paths"]["/orders"]["post"]["responses"]
    assert responses["409"] == {"$ref": "#/components/responses/ConflictOrOutOfStock"}
    conflict = document["components"]["responses"]["ConflictOrOutOfStock"]
    problem, said = conflict["content"]["application/problem+json"]["schema"]["allOf"]
    assert problem == {"$ref": "#/components/schemas/Problem"}
    assert said["properties"]["code"]["enum"] == ["conflict", "out-of-stock"]
    assert "Retry-After" in document["components"]["responses"]["TooManyRequests"]["headers"]


async def test_a_versioned_route_declares_its_preconditions(document_of: DocumentOf) -> None:
    router = Router()
    router.get("/shirt", handler, versioned=True)
    router.patch("/shirt", handler, versioned=True)
    router.put("/shirt", handler, versioned=True)
    router.delete("/shirt", handler, versioned=True, responses={204: None})
    router.patch("/label", handler, versioned="optional")

    paths = (await document_of(router))["paths"]
    operations, optional = paths["/shirt"], paths["/label"]["patch"]

    assert list(operations["get"]["responses"]) == ["200", "304", "500"]
    assert "ETag" in operations["get"]["responses"]["200"]["headers"]
    assert operations["get"]["parameters"][0]["name"] == "If-None-Match"
    assert list(operations["patch"]["responses"]) == ["200", "412", "428", "500"]
    assert operations["patch"]["parameters"][0]["required"]
    assert list(operations["delete"]["responses"]) == ["204", "412", "500"]
    assert not operations["delete"]["parameters"][0]["required"]
    for one in (operations["put"], optional):
        assert list(one["responses"]) == ["200", "412", "500"]
        assert not one["parameters"][0]["required"]


class Nobody:
    """Knows no token."""

    async def admit(self, *_: object, **__: object) -> Principal | None:
        return None


@pytest.mark.parametrize(
    ("policy", "security", "errors"),
    [
        (AUTHENTICATED, [{"bearer": []}], ["401", "503"]),
        (OPTIONAL, [{}, {"bearer": []}], ["401", "503"]),
        (roles("b", "a"), [{"bearer": ["a"]}, {"bearer": ["b"]}], ["401", "403", "503"]),
    ],
    ids=["authenticated", "optional", "roles"],
)
async def test_a_policy_is_declared(
    bare_environment: pytest.MonkeyPatch, policy: Policy, security: object, errors: list[str]
) -> None:
    app = Application(Blueprint(BLUEPRINT.name, "test", [openapi]))
    app.authenticator = Nobody()
    router = Router(policy=policy)
    router.get("/mine", handler)
    app.include(router)

    async with client_for(app) as client:
        document = (await client.get("/openapi.json")).json()

    operation = document["paths"]["/mine"]["get"]
    assert operation["security"] == security
    assert [*operation["responses"]] == sorted(["200", *errors, "500"])
    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"


async def test_a_limited_route_declares_that_it_may_refuse(document_of: DocumentOf) -> None:
    class Closed:
        async def admit(self, scope: object) -> None:
            raise TooManyRequests("come again tomorrow", retry_after=86_400)

    router = Router(rate=Closed())
    router.get("/shirts", handler)

    responses = (await document_of(router))["paths"]["/shirts"]["get"]["responses"]

    assert responses["429"] == {"$ref": "#/components/responses/TooManyRequests"}


async def test_operators_routes_are_not_in_the_document(document_of: DocumentOf) -> None:
    router = Router(exclude_from_schema=True)
    router.get("/inside", handler)

    assert (await document_of(router))["paths"] == {}


async def test_a_handler_that_reads_what_its_route_does_not_declare_is_an_error(
    client_of: ServeOf, capsys: pytest.CaptureFixture[str]
) -> None:
    router = Router()

    @router.post("/shirts", request_model=ShirtInput)
    async def make(request: Request, response: Response) -> Any:
        return answer(await body(request, Shirt))

    @router.get("/shirts")
    async def search(request: Request, response: Response) -> Any:
        return answer(query(request, PageQuery))

    client = await client_of(router)

    assert (await client.post("/shirts", json={})).status_code == 500
    assert "/shirts: declare request_model=Shirt at the route" in capsys.readouterr().out
    assert (await client.get("/shirts")).status_code == 500
    assert "/shirts: declare query_model=PageQuery at the route" in capsys.readouterr().out


@pytest.mark.parametrize("path", ["/openapi.json", "/docs", "/docs/page.js"])
async def test_who_has_the_document_or_the_page_is_told_so(client_of: ServeOf, path: str) -> None:
    client = await client_of(Router())
    first = await client.get(path)

    second = await client.get(path, headers={"if-none-match": first.headers["etag"]})

    assert first.headers["cache-control"] == "no-cache"
    assert second.status_code == 304
    assert second.content == b""


async def test_the_page_may_load_nothing_from_other_hosts(client_of: ServeOf) -> None:
    page = await (await client_of(Router())).get("/docs")

    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    assert "unsafe" not in policy
    assert "http" not in page.text


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("/docs", "text/html; charset=utf-8"),
        ("/docs/page.css", "text/css; charset=utf-8"),
        ("/docs/page.js", "text/javascript; charset=utf-8"),
        ("/docs/call.js", "text/javascript; charset=utf-8"),
        ("/docs/element.js", "text/javascript; charset=utf-8"),
        ("/docs/schema.js", "text/javascript; charset=utf-8"),
    ],
)
async def test_the_page_is_served_from_the_package(
    client_of: ServeOf, path: str, content_type: str
) -> None:
    file = await (await client_of(Router())).get(path)

    assert file.status_code == 200
    assert file.headers["content-type"] == content_type
