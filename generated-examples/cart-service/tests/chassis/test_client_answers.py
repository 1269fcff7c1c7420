"""What a caller is told of what another service answered."""

import json
from uuid import UUID

import pytest

from cart_service.chassis.client import UpstreamProblem
from cart_service.chassis.errors import (
    BadGateway,
    DeadlineExceeded,
    Unavailable,
)

from .fixtures_client import SHOE, TAKEN, CallerOf, Product, UpstreamOf, breaks, says
from dev.ports import free_port


async def test_a_good_answer_becomes_the_model(
    caller_of: CallerOf, upstream_of: UpstreamOf
) -> None:
    caller = await caller_of(await upstream_of(says(200, SHOE)))

    product = await caller.client.get("product-service", "/v1/products/1", model=Product)

    assert product == Product(id=UUID(SHOE["id"]), name="shoe")


async def test_without_a_model_the_answer_itself_is_returned(
    caller_of: CallerOf, upstream_of: UpstreamOf
) -> None:
    caller = await caller_of(await upstream_of(says(201, SHOE, ETag='"1"')))

    answer = await caller.client.put("product-service", "/v1/products/1", json=SHOE)

    assert (answer.status, answer.headers["etag"]) == (201, '"1"')
    assert json.loads(answer.body) == SHOE


@pytest.mark.parametrize("document", [{**SHOE, "name": 5}, {"id": SHOE["id"]}, [], None])
async def test_an_answer_that_does_not_fit_is_a_bad_gateway(
    caller_of: CallerOf, upstream_of: UpstreamOf, document: object
) -> None:
    caller = await caller_of(await upstream_of(says(200, document)))

    with pytest.raises(BadGateway, match="product-service answered something that is no Product"):
        await caller.client.get("product-service", "/v1/products/1", model=Product)


async def test_a_call_carries_its_query_body_key_and_headers(
    caller_of: CallerOf, upstream_of: UpstreamOf
) -> None:
    upstream = await upstream_of(says(201, SHOE))
    caller = await caller_of(upstream)

    await caller.client.post(
        "product-service",
        "/v1/products/a%2Fb",
        query={"dry": "no"},
        json=Product(id=UUID(SHOE["id"]), name="shoe"),
        key="k-1",
        headers={"if-match": '"1"'},
    )

    [request] = upstream.requests
    assert (request.method, request.raw_path) == ("POST", "/v1/products/a%2Fb?dry=no")
    assert json.loads(upstream.bodies[0]) == SHOE
    assert request.headers["idempotency-key"] == "k-1"
    assert request.headers["if-match"] == '"1"'


async def test_a_problem_document_becomes_an_error_to_decide_by(
    caller_of: CallerOf, upstream_of: UpstreamOf
) -> None:
    caller = await caller_of(await upstream_of(says(409, TAKEN)))

    with pytest.raises(UpstreamProblem) as raised:
        await caller.client.post("product-service", "/v1/products", json=SHOE)

    problem = raised.value.problem
    assert (problem.status, problem.code, problem.detail) == (409, "sku-taken", TAKEN["detail"])


async def test_a_problem_that_nobody_decides_on_is_a_bad_gateway_without_the_detail(
    caller_of: CallerOf, upstream_of: UpstreamOf
) -> None:
    caller = await caller_of(await upstream_of(says(409, TAKEN)))

    answered = await caller.http.get("/of/product-service")

    assert (answered.status_code, answered.json()["code"]) == (502, "bad-gateway")
    assert answered.json()["detail"] == "product-service answered 409 sku-taken"


@pytest.mark.parametrize("status", [302, 404, 418, 500])
async def test_an_answer_without_a_problem_document_is_a_bad_gateway(
    caller_of: CallerOf, upstream_of: UpstreamOf, status: int
) -> None:
    elsewhere = says(status, {"error": "odd"}, Location="/elsewhere")
    caller = await caller_of(upstream := await upstream_of(elsewhere))

    with pytest.raises(BadGateway, match=f"product-service answered {status}"):
        await caller.client.get("product-service", "/v1/products")

    assert len(upstream.requests) == 1


async def test_a_service_that_says_when_to_come_again_is_passed_on_so(
    caller_of: CallerOf, upstream_of: UpstreamOf
) -> None:
    caller = await caller_of(await upstream_of(says(503, TAKEN, Retry_After="7")))

    answered = await caller.http.get("/of/product-service")

    assert (answered.status_code, answered.headers["retry-after"]) == (503, "7")


async def test_a_service_whose_time_ran_out_exceeds_our_deadline_too(
    caller_of: CallerOf, upstream_of: UpstreamOf
) -> None:
    caller = await caller_of(await upstream_of(says(504, TAKEN)))

    with pytest.raises(DeadlineExceeded):
        await caller.client.post("product-service", "/v1/products", json=SHOE)


async def test_a_service_that_is_away_is_named_and_its_address_is_not(
    caller_of: CallerOf, bare_environment: pytest.MonkeyPatch
) -> None:
    port = free_port()
    caller = await caller_of(CLIENT_TARGETS=f"product-service=http://127.0.0.1:{port}")

    answered = await caller.http.get("/of/product-service")

    assert answered.status_code == 503
    assert answered.json()["detail"] == "product-service cannot be reached"
    assert str(port) not in answered.text


async def test_a_connection_that_breaks_is_a_service_that_cannot_be_reached(
    caller_of: CallerOf, upstream_of: UpstreamOf
) -> None:
    caller = await caller_of(await upstream_of(breaks))

    with pytest.raises(Unavailable, match="product-service cannot be reached"):
        await caller.client.post("product-service", "/v1/products", json=SHOE)


async def test_what_a_refusal_says_besides_is_there_to_act_upon(
    caller_of: CallerOf, upstream_of: UpstreamOf
) -> None:
    caller = await caller_of(await upstream_of(says(409, {**TAKEN, "lines": [{"available": 1}]})))

    with pytest.raises(UpstreamProblem) as refused:
        await caller.client.get("product-service", "/v1/products/1")

    assert refused.value.problem.extensions == {"lines": [{"available": 1}]}
