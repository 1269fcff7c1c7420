"""No call takes longer than somebody waits for it, and it says who asks."""

import asyncio
from collections.abc import Mapping

import pytest

from gateway.chassis.client import Limits
from gateway.chassis.errors import (
    BadGateway,
    DeadlineExceeded,
)

from .fixtures_client import (
    SHOE,
    CallerOf,
    UpstreamOf,
    hangs,
    says,
)


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
