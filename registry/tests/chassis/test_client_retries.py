"""What may be sent again is, a few times and elsewhere."""

import asyncio
from uuid import uuid4

import pytest

from registry.chassis.errors import (
    Unavailable,
)

from .fixtures_client import (
    SHOE,
    CallerOf,
    Product,
    UpstreamOf,
    breaks,
    says,
)


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
