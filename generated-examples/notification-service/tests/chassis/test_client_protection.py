"""A service that fails or is slow is kept from harming its callers."""

import asyncio
from typing import Any

import aiohttp

from notification_service.chassis import client as feature

from .fixtures_client import (
    SHOE,
    TAKEN,
    TOO_MANY,
    CallerOf,
    UpstreamOf,
    hangs,
    says,
)


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
