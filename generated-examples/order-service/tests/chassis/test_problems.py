from typing import Any

import pytest
from nexios.http import Request, Response
from pydantic import BaseModel

from order_service.chassis.errors import (
    Conflict,
    DeadlineExceeded,
    Gone,
    NotFound,
    Unavailable,
)
from order_service.chassis.http import answer, body, query
from order_service.chassis.paging import PageQuery
from order_service.chassis.routing import Router

from .fixtures_service import ClientOf

JSON = {"content-type": "application/json"}


class Line(BaseModel):
    quantity: int
    gift: bool = False


class Basket(BaseModel):
    lines: list[Line]


def shop() -> Router:
    router = Router(prefix="/v1/baskets")

    @router.post("", request_model=Basket)
    async def make(request: Request, response: Response) -> Any:
        return answer(await body(request, Basket), 201)

    @router.get("", query_model=PageQuery)
    async def several(request: Request, response: Response) -> Any:
        return answer(query(request, PageQuery))

    return router


def failing(error: Exception) -> Router:
    router = Router()

    @router.get("/fails")
    async def fails(request: Request, response: Response) -> Any:
        raise error

    return router


async def test_an_unknown_path_is_a_problem_document(client_of: ClientOf) -> None:
    client = await client_of(shop())

    problem = await client.get("/v1/nothing", headers={"x-request-id": "r-1"})

    assert problem.headers["content-type"] == "application/problem+json"
    assert problem.json() == {
        "type": "/problems/not-found",
        "title": "Not Found",
        "status": 404,
        "detail": "there is nothing at /v1/nothing",
        "instance": "/v1/nothing",
        "code": "not-found",
        "request_id": "r-1",
        "trace_id": problem.headers["x-trace-id"],
    }


async def test_malformed_json_is_told_with_its_place(client_of: ClientOf) -> None:
    client = await client_of(shop())

    problem = await client.post("/v1/baskets", content=b'{"lines": [', headers=JSON)

    assert problem.status_code == 400
    assert problem.json()["code"] == "malformed-json"
    assert "line 1 column 11" in problem.json()["detail"]


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b'"\\ud800"', b"{} {}"])
async def test_what_is_no_json_at_all_is_malformed(client_of: ClientOf, content: bytes) -> None:
    client = await client_of(shop())

    problem = await client.post("/v1/baskets", content=content, headers=JSON)

    assert problem.json()["code"] == "malformed-json"


async def test_every_wrong_place_is_named_by_a_json_pointer(client_of: ClientOf) -> None:
    client = await client_of(shop())

    problem = await client.post("/v1/baskets", json={"lines": [{"gift": 1}, {"quantity": "5"}]})

    assert problem.status_code == 422
    assert [error["pointer"] for error in problem.json()["errors"]] == [
        "/lines/0/quantity",
        "/lines/0/gift",
        "/lines/1/quantity",
    ]


@pytest.mark.parametrize("quantity", ["5", True, 1.0, None])
async def test_only_an_integer_is_an_integer(client_of: ClientOf, quantity: object) -> None:
    client = await client_of(shop())

    problem = await client.post("/v1/baskets", json={"lines": [{"quantity": quantity}]})

    assert problem.status_code == 422


@pytest.mark.parametrize("sent", [{}, {"content-type": "text/plain"}])
async def test_another_content_type_is_refused(client_of: ClientOf, sent: dict[str, str]) -> None:
    client = await client_of(shop())

    problem = await client.post("/v1/baskets", content=b"{}", headers=sent)

    assert problem.status_code == 415
    assert "application/json" in problem.json()["detail"]


async def test_a_wrong_query_parameter_is_named(client_of: ClientOf) -> None:
    client = await client_of(shop())

    problem = await client.get("/v1/baskets", params={"limit": "many"})

    assert problem.status_code == 422
    assert problem.json()["errors"][0]["pointer"] == "/limit"


async def test_a_body_over_the_limit_is_refused(
    client_of: ClientOf, bare_environment: pytest.MonkeyPatch
) -> None:
    bare_environment.setenv("BODY_LIMIT_BYTES", "10")
    client = await client_of(shop())

    problem = await client.post("/v1/baskets", content=b'{"lines": []}', headers=JSON)

    assert problem.status_code == 413
    assert problem.json()["detail"] == "the body is larger than 10 bytes"


async def test_the_connection_of_a_refused_body_is_closed_and_the_next_one_works(
    client_of: ClientOf, bare_environment: pytest.MonkeyPatch
) -> None:
    bare_environment.setenv("BODY_LIMIT_BYTES", "20")
    client = await client_of(shop())

    refused = await client.post("/v1/baskets", content=b'{"lines": []}' * 1000, headers=JSON)

    assert refused.headers["connection"] == "close"
    assert (await client.post("/v1/baskets", json={"lines": []})).status_code == 201


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (NotFound("no basket 7"), 404, "not-found"),
        (Conflict("it is paid already"), 409, "conflict"),
        (Gone("the link was used"), 410, "gone"),
        (Unavailable("no answer from the bank", retry_after=3), 503, "dependency-unavailable"),
        (DeadlineExceeded("the bank took too long"), 504, "deadline-exceeded"),
    ],
)
async def test_an_expected_failure_has_its_status_code_and_sentence(
    client_of: ClientOf, error: Exception, status: int, code: str
) -> None:
    client = await client_of(failing(error))

    problem = await client.get("/fails")

    assert (problem.status_code, problem.json()["code"]) == (status, code)
    assert problem.json()["detail"] == str(error)


async def test_an_unavailable_dependency_says_when_to_come_again(client_of: ClientOf) -> None:
    client = await client_of(failing(Unavailable("no answer from the bank", retry_after=3)))

    assert (await client.get("/fails")).headers["retry-after"] == "3"


async def test_an_unforeseen_error_is_logged_with_its_traceback(
    client_of: ClientOf, capsys: pytest.CaptureFixture[str]
) -> None:
    client = await client_of(failing(KeyError("deep inside")))

    await client.get("/fails", headers={"x-request-id": "r-2"})

    logged = capsys.readouterr().out
    assert "KeyError: 'deep inside'" in logged
    assert '"request_id":"r-2"' in logged
