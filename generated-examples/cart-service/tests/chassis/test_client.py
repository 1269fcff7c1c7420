import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from typing import Any
from uuid import UUID, uuid4

import aiohttp
import httpx
import pytest
from aiohttp import web
from nexios.http import Request, Response
from pydantic import BaseModel

from cart_service.chassis import client as feature
from cart_service.chassis import health
from cart_service.chassis.application import Application, Blueprint
from cart_service.chassis.client import Client, Limits, UpstreamProblem
from cart_service.chassis.errors import (
    BadGateway,
    DeadlineExceeded,
    Unavailable,
)
from cart_service.chassis.features import BLUEPRINT
from cart_service.chassis.policy import PUBLIC
from cart_service.chassis.routing import Router

from .fixtures_client import Upstream, UpstreamOf, breaks, hangs, says
from .fixtures_service import client_for
from dev.ports import free_port

SHOE = {"id": "01890a5d-ac96-774b-bcce-b302099a8057", "name": "shoe"}
TAKEN = {"status": 409, "code": "sku-taken", "detail": "the SKU is taken at 10.1.1.1"}
TOO_MANY = "too many calls to stuck-service are under way"


class Product(BaseModel):
    id: UUID
    name: str


class Caller:
    """A running service that calls others, and how to reach it."""

    def __init__(self, app: Application, http: httpx.AsyncClient) -> None:
        client = app.resources[Client]
        assert isinstance(client, Client)
        self.app = app
        self.client = client
        self.http = http

    async def metric(self, line: str) -> float:
        """The value of the metric that this line begins with."""
        lines = (await self.http.get("/metrics")).text.splitlines()
        return float(next(one for one in lines if one.startswith(line + " ")).rpartition(" ")[2])


CallerOf = Callable[..., Awaitable[Caller]]


@pytest.fixture
async def caller_of(bare_environment: pytest.MonkeyPatch) -> AsyncIterator[CallerOf]:
    """Start a service whose product-service is at these upstreams, with these settings."""
    async with AsyncExitStack() as stack:

        async def start(*upstreams: Upstream, **settings: str) -> Caller:
            targets = ",".join(f"product-service={one.url}" for one in upstreams)
            for name, value in {"CLIENT_TARGETS": targets, **settings}.items():
                bare_environment.setenv(name, value)
            app = Application(Blueprint(BLUEPRINT.name, "test", [feature, health]))
            app.include(passing_on())
            return Caller(app, await stack.enter_async_context(client_for(app)))

        yield start


def passing_on() -> Router:
    router = Router(policy=PUBLIC)

    @router.get("/of/{service}")
    async def pass_on(request: Request, response: Response, service: str) -> Any:
        answer = await Client.of(request).get(service, "/v1/products")
        return {"status": answer.status}

    @router.get("/quick")
    async def quick(request: Request, response: Response) -> Any:
        return {}

    return router


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


async def test_a_service_that_hangs_is_waited_for_only_so_long(
    caller_of: CallerOf, upstream_of: UpstreamOf
) -> None:
    caller = await caller_of(await upstream_of(hangs), CLIENT_READ_SECONDS="0.1")

    with pytest.raises(DeadlineExceeded, match="product-service did not answer in time"):
        async with asyncio.timeout(2):
            await caller.client.post("product-service", "/v1/products", json=SHOE)


async def test_a_call_may_have_limits_of_its_own(
    caller_of: CallerOf, upstream_of: UpstreamOf
) -> None:
    caller = await caller_of(await upstream_of(hangs), CLIENT_READ_SECONDS="60")

    with pytest.raises(DeadlineExceeded):
        async with asyncio.timeout(2):
            await caller.client.get("product-service", "/v1", limits=Limits(total=0.1))


async def test_a_limit_that_is_over_at_once_is_no_lack_of_limits(
    caller_of: CallerOf, upstream_of: UpstreamOf
) -> None:
    caller = await caller_of(await upstream_of(hangs), CLIENT_READ_SECONDS="60")

    with pytest.raises(DeadlineExceeded):
        async with asyncio.timeout(2):
            await caller.client.get("product-service", "/v1", limits=Limits(total=0.00005))


async def test_an_answer_over_the_limit_is_not_kept(
    caller_of: CallerOf, upstream_of: UpstreamOf
) -> None:
    caller = await caller_of(
        await upstream_of(says(200, "x" * 1000)), CLIENT_ANSWER_LIMIT_BYTES="999"
    )

    with pytest.raises(BadGateway, match="product-service answered too much"):
        await caller.client.get("product-service", "/v1/products")


async def test_cookies_of_a_service_are_not_kept(
    caller_of: CallerOf, upstream_of: UpstreamOf
) -> None:
    caller = await caller_of(upstream := await upstream_of(says(200, SHOE, Set_Cookie="a=b")))

    await caller.client.get("product-service", "/v1/products")
    await caller.client.get("product-service", "/v1/products")

    assert "cookie" not in upstream.requests[1].headers


async def test_a_deadline_is_passed_on_reduced(
    caller_of: CallerOf, upstream_of: UpstreamOf
) -> None:
    caller = await caller_of(upstream := await upstream_of(says(200, SHOE)))

    await caller.http.get("/of/product-service", headers={"x-request-deadline": "1000"})

    assert 0 < int(upstream.requests[0].headers["x-request-deadline"]) < 1000


async def test_without_a_deadline_our_own_limit_is_passed_on(
    caller_of: CallerOf, upstream_of: UpstreamOf
) -> None:
    caller = await caller_of(upstream := await upstream_of(says(200, SHOE)))

    await caller.http.get("/of/product-service")

    assert 4000 < int(upstream.requests[0].headers["x-request-deadline"]) <= 5000


async def test_a_deadline_that_is_over_stops_the_call_before_it_is_sent(
    caller_of: CallerOf, upstream_of: UpstreamOf
) -> None:
    caller = await caller_of(upstream := await upstream_of(says(200, SHOE)))

    answered = await caller.http.get("/of/product-service", headers={"x-request-deadline": "0"})

    assert (answered.status_code, answered.json()["code"]) == (504, "deadline-exceeded")
    assert answered.json()["detail"] == "there is no time left to ask product-service"
    assert upstream.requests == []


async def test_a_deadline_shortens_the_waiting(
    caller_of: CallerOf, upstream_of: UpstreamOf
) -> None:
    caller = await caller_of(await upstream_of(hangs), CLIENT_READ_SECONDS="60")

    async with asyncio.timeout(2):
        answered = await caller.http.get(
            "/of/product-service", headers={"x-request-deadline": "100"}
        )

    assert answered.status_code == 504


async def test_a_hurried_caller_opens_no_breaker_for_the_others(
    caller_of: CallerOf, upstream_of: UpstreamOf
) -> None:
    caller = await caller_of(await upstream_of(hangs), CLIENT_READ_SECONDS="60")
    hurry = {"x-request-deadline": "20"}

    await asyncio.gather(
        *(caller.http.get("/of/product-service", headers=hurry) for _ in range(20))
    )

    closed = 'client_breaker_state{service="product-service",state="closed"}'
    assert await caller.metric(closed) == 1


async def test_a_call_carries_the_ids_of_the_request(
    caller_of: CallerOf, upstream_of: UpstreamOf
) -> None:
    caller = await caller_of(upstream := await upstream_of(says(200, SHOE)))

    answered = await caller.http.get("/of/product-service", headers={"x-request-id": "r-1"})

    [request] = upstream.requests
    assert request.headers["x-request-id"] == "r-1"
    assert request.headers["traceparent"].split("-")[1] == answered.headers["x-trace-id"]


class Passport:
    """Proves to each service who calls."""

    async def headers(self, audience: str) -> Mapping[str, str]:
        return {"authorization": f"Bearer for-{audience}"}


async def test_a_call_carries_the_proof_of_who_calls(
    caller_of: CallerOf, upstream_of: UpstreamOf
) -> None:
    caller = await caller_of(upstream := await upstream_of(says(200, SHOE)))
    caller.app.credentials = Passport()

    await caller.client.get("product-service", "/v1/products")

    assert upstream.requests[0].headers["authorization"] == "Bearer for-product-service"


async def test_a_fault_that_passes_is_not_noticed(
    caller_of: CallerOf, upstream_of: UpstreamOf
) -> None:
    caller = await caller_of(await upstream_of(breaks, says(503), says(200, SHOE)))

    await caller.client.get("product-service", "/v1/products", model=Product)

    assert await caller.metric('client_retries_total{service="product-service"}') == 2


async def test_a_post_is_sent_once(caller_of: CallerOf, upstream_of: UpstreamOf) -> None:
    caller = await caller_of(upstream := await upstream_of(breaks, says(201, SHOE)))

    with pytest.raises(Unavailable):
        await caller.client.post("product-service", "/v1/products", json=SHOE)

    assert len(upstream.requests) == 1


async def test_a_post_with_a_key_is_repeated_with_the_same_key(
    caller_of: CallerOf, upstream_of: UpstreamOf
) -> None:
    caller = await caller_of(upstream := await upstream_of(breaks, says(201, SHOE)))

    await caller.client.post("product-service", "/v1/products", json=SHOE, key=str(uuid4()))

    assert len({request.headers["idempotency-key"] for request in upstream.requests}) == 1
    assert len(upstream.requests) == 2


async def test_the_next_attempt_is_made_at_another_instance(
    caller_of: CallerOf, upstream_of: UpstreamOf
) -> None:
    busy = [await upstream_of(says(503, Retry_After="60")) for _ in range(2)]
    caller = await caller_of(*busy, await upstream_of(says(200, SHOE)))

    await caller.client.get("product-service", "/v1/products", model=Product)

    assert max(len(upstream.requests) for upstream in busy) <= 1


async def test_an_instance_that_is_gone_costs_its_callers_nothing(
    caller_of: CallerOf, upstream_of: UpstreamOf
) -> None:
    gone, alive = await upstream_of(says(200)), await upstream_of(says(201, SHOE))
    caller = await caller_of(gone, alive)
    await gone.stop()

    posted = [
        await caller.client.post("product-service", "/v1/products", json=SHOE) for _ in range(50)
    ]

    assert {answer.status for answer in posted} == {201}


async def test_a_time_to_come_again_that_lies_beyond_the_deadline_is_not_waited_for(
    caller_of: CallerOf, upstream_of: UpstreamOf
) -> None:
    caller = await caller_of(upstream := await upstream_of(says(503, Retry_After="60")))

    with pytest.raises(Unavailable):
        async with asyncio.timeout(2):
            await caller.client.get("product-service", "/v1/products")

    assert len(upstream.requests) == 1


async def test_a_service_that_fails_is_left_alone(
    caller_of: CallerOf, upstream_of: UpstreamOf
) -> None:
    caller = await caller_of(upstream := await upstream_of(says(500, TAKEN)))
    for _ in range(10):
        await caller.http.get("/of/product-service")

    answered = await caller.http.get("/of/product-service")
    ready = await caller.http.get("/health/ready")

    assert answered.status_code == 503
    assert "left alone" in answered.json()["detail"]
    assert len(upstream.requests) == 10
    assert (ready.status_code, ready.json()["status"]) == (200, "degraded")
    opened = 'client_breaker_state{service="product-service",state="open"}'
    spared = 'client_calls_total{outcome="left_alone",service="product-service"}'
    assert (await caller.metric(opened), await caller.metric(spared)) == (1, 1)


async def test_a_slow_service_does_not_exhaust_its_caller(
    caller_of: CallerOf, upstream_of: UpstreamOf
) -> None:
    stuck, well = await upstream_of(hangs), await upstream_of(says(200, SHOE))
    caller = await caller_of(
        CLIENT_TARGETS=f"stuck-service={stuck.url},well-service={well.url}",
        CLIENT_CONCURRENCY="20",
        CLIENT_WAITING="10",
        CLIENT_READ_SECONDS="3",
        CLIENT_TOTAL_SECONDS="3",
    )
    slow = caller.http.base_url.join("/of/stuck-service")

    async with crowd() as session, asyncio.TaskGroup() as group:
        calls = [group.create_task(problem_at(session, str(slow))) for _ in range(200)]
        turned_away = await first_done(calls, 170)

        async with asyncio.timeout(1):
            quick = await caller.http.get("/quick")
            elsewhere = await caller.http.get("/of/well-service")
        under_way = 'client_bulkhead_calls{service="stuck-service",state="under_way"}'
        waiting = 'client_bulkhead_calls{service="stuck-service",state="waiting"}'
        held = (await caller.metric(under_way), await caller.metric(waiting))
        in_flight = await caller.metric("http_requests_in_flight")

    assert {one["detail"] for one in turned_away} == {TOO_MANY}
    assert (quick.status_code, elsewhere.status_code) == (200, 200)
    assert (held, in_flight) == ((20, 10), 30 + 1)
    assert {call.result()["status"] for call in calls} == {503, 504}
    assert len(stuck.requests) <= 30
    assert (await caller.metric(under_way), await caller.metric(waiting)) == (0, 0)


def crowd() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))


async def problem_at(session: aiohttp.ClientSession, url: str) -> dict[str, Any]:
    async with session.get(url) as response:
        document: dict[str, Any] = await response.json()
    return document


async def first_done(
    calls: list[asyncio.Task[dict[str, Any]]], number: int
) -> list[dict[str, Any]]:
    """The answers of the first so many calls that end, waiting up to 10 s for them."""
    done = asyncio.as_completed(calls, timeout=10)
    return [await next(done) for _ in range(number)]


async def test_a_call_that_is_given_up_leaves_its_place(
    caller_of: CallerOf, upstream_of: UpstreamOf
) -> None:
    upstream = await upstream_of(hangs, says(200, SHOE))
    caller = await caller_of(upstream, CLIENT_CONCURRENCY="1", CLIENT_WAITING="0")
    given_up = asyncio.create_task(caller.client.call(feature.Call("GET", "product-service", "/")))
    await asyncio.wait_for(upstream.asked.wait(), timeout=5)

    given_up.cancel()
    await asyncio.wait([given_up])

    assert given_up.cancelled()
    assert (await caller.client.get("product-service", "/v1")).status == 200


class FakeRegistry(Upstream):
    """A registry that lists what it is told."""

    def __init__(self) -> None:
        super().__init__(self._list)
        self.services: dict[str, list[dict[str, object]]] = {}

    def put(self, name: str, *upstreams: Upstream, state: str = "healthy") -> None:
        self.services[name] = [
            {"id": one.url, "url": one.url, "version": "1", "state": state, "metadata": {}}
            for one in upstreams
        ]

    async def _list(self, request: web.Request) -> web.Response:
        return web.json_response({"revision": 1, "epoch": "e", "services": self.services})


@pytest.fixture
async def registry(bare_environment: pytest.MonkeyPatch) -> AsyncIterator[FakeRegistry]:
    registry = FakeRegistry()
    await registry.start()
    bare_environment.setenv("REGISTRY_URL", registry.url)
    bare_environment.setenv("CLIENT_REFRESH_SECONDS", "0.02")
    yield registry
    await registry.stop()


async def until_called(caller: Caller, service: str, status: int) -> httpx.Response:
    """The first answer with this status, waiting up to 10 s for it."""
    async with asyncio.timeout(10):
        while True:
            answered = await caller.http.get(f"/of/{service}")
            if answered.status_code == status:
                return answered


async def test_a_service_is_found_by_its_name(
    caller_of: CallerOf, upstream_of: UpstreamOf, registry: FakeRegistry
) -> None:
    registry.put("order-service", await upstream_of(says(200)))
    caller = await caller_of()

    assert (await caller.http.get("/of/order-service")).status_code == 200


async def test_a_registry_that_went_away_makes_no_difference(
    caller_of: CallerOf,
    upstream_of: UpstreamOf,
    registry: FakeRegistry,
    capsys: pytest.CaptureFixture[str],
) -> None:
    registry.put("order-service", await upstream_of(says(200)))
    caller = await caller_of()
    await until_called(caller, "order-service", 200)

    await registry.stop()
    async with asyncio.timeout(10):
        while "discovery.away" not in capsys.readouterr().out:
            await caller.http.get("/quick")

    assert (await caller.http.get("/of/order-service")).status_code == 200


async def test_an_instance_that_moved_is_found_again(
    caller_of: CallerOf, upstream_of: UpstreamOf, registry: FakeRegistry
) -> None:
    registry.put("order-service", await upstream_of(says(200)))
    caller = await caller_of()
    await until_called(caller, "order-service", 200)

    registry.put("order-service", await upstream_of(says(404, TAKEN)))

    await until_called(caller, "order-service", 502)


async def test_a_service_without_a_healthy_instance_is_unavailable(
    caller_of: CallerOf, upstream_of: UpstreamOf, registry: FakeRegistry
) -> None:
    registry.put("order-service", await upstream_of(says(200)), state="unhealthy")
    caller = await caller_of()

    answered = await caller.http.get("/of/order-service")

    assert answered.status_code == 503
    assert answered.json()["detail"] == "no healthy instance of order-service is known"


async def test_without_a_registry_unknown_services_are_unavailable_at_once(
    caller_of: CallerOf, registry: FakeRegistry
) -> None:
    await registry.stop()
    caller = await caller_of()

    async with asyncio.timeout(5):
        answered = await caller.http.get("/of/order-service")

    assert answered.status_code == 503


async def test_a_fixed_address_comes_before_the_registry(
    caller_of: CallerOf, upstream_of: UpstreamOf, registry: FakeRegistry
) -> None:
    registry.put("product-service", await upstream_of(says(500)))
    caller = await caller_of(await upstream_of(says(200)))

    assert (await caller.http.get("/of/product-service")).status_code == 200


async def test_the_registry_is_asked_with_its_token(
    caller_of: CallerOf, registry: FakeRegistry
) -> None:
    caller = await caller_of(REGISTRY_TOKEN="token-of-this-service")

    await caller.http.get("/of/order-service")

    assert registry.requests[0].path == "/services"
    assert registry.requests[0].headers["authorization"] == "Bearer token-of-this-service"


def test_a_target_that_is_no_address_stops_the_start(
    bare_environment: pytest.MonkeyPatch,
) -> None:
    bare_environment.setenv("CLIENT_TARGETS", "product-service=somewhere")

    with pytest.raises(Exception, match="CLIENT_TARGETS"):
        Application(Blueprint(BLUEPRINT.name, "test", [feature]))
