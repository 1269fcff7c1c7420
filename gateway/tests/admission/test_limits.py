"""How often the edge answers: exactly as often as the class allows, however many come at once."""

import asyncio
from collections import Counter

import pytest
from httpx import AsyncClient
from pydantic import SecretStr

from gateway.admission.bucket import Taken
from gateway.admission.buckets import Buckets
from gateway.admission.classes import Rate
from gateway.chassis.tracing import Tracing, TracingSettings
from gateway.chassis.valkey import Valkey, ValkeySettings

from tests.chassis.fixtures_auth import bearer, token
from tests.fixtures import Serve
from tests.registry import FakeRegistry
from tests.upstreams import Upstream, Upstreams


@pytest.fixture
def valkey(bare_environment: pytest.MonkeyPatch, valkey_url: str) -> Valkey:
    settings = ValkeySettings(url=SecretStr(valkey_url))
    return Valkey(settings, Tracing("gateway", "1", TracingSettings()))


async def statuses(client: AsyncClient, count: int, path: str) -> Counter[int]:
    answers = await asyncio.gather(*(client.get(path) for _ in range(count)))
    return Counter(one.status_code for one in answers)


async def test_of_200_at_once_exactly_as_many_are_admitted_as_the_limit_says(
    orders: Upstream, serve: Serve
) -> None:
    client = await serve(LIMIT_READ="50/h/ip")

    assert await statuses(client, 200, "/api/v1/orders") == {200: 50, 429: 150}
    assert len(orders.seen) == 50


async def test_two_gateways_count_together(orders: Upstream, serve: Serve) -> None:
    one, other = await serve(LIMIT_READ="50/h/ip"), await serve()

    counted = await asyncio.gather(
        statuses(one, 100, "/api/v1/orders"), statuses(other, 100, "/api/v1/orders")
    )

    assert counted[0] + counted[1] == {200: 50, 429: 150}


async def test_a_refusal_says_when_to_come_again(orders: Upstream, serve: Serve) -> None:
    client = await serve(LIMIT_READ="1/h/ip")

    first = await client.get("/api/v1/orders")
    refused = await client.get("/api/v1/orders")

    assert first.headers["ratelimit-policy"] == '"read";q=1;w=3600'
    assert first.headers["ratelimit"] == '"read";r=0;t=3600'
    assert refused.status_code == 429
    assert refused.headers["content-type"] == "application/problem+json"
    assert 3590 <= int(refused.headers["retry-after"]) <= 3600
    assert refused.headers["ratelimit"].startswith('"read";r=0;t=')


async def test_reading_writing_and_a_named_class_are_counted_apart(
    registry: FakeRegistry, upstreams: Upstreams, serve: Serve
) -> None:
    upstream = await upstreams.start()
    registry.publish("a", upstream.url)
    registry.publish("login", upstream.url, limit="auth")
    client = await serve(LIMIT_READ="1/h/ip", LIMIT_WRITE="1/h/user", LIMIT_AUTH="1/h/ip")

    answered = [
        (await client.request(method, path)).status_code
        for method, path in [
            ("GET", "/api/v1/a"),
            ("POST", "/api/v1/a"),
            ("POST", "/api/v1/login"),
            ("GET", "/api/v1/a"),
            ("POST", "/api/v1/a"),
            ("POST", "/api/v1/login"),
        ]
    ]

    assert answered == [200, 200, 200, 429, 429, 429]


async def test_the_limits_are_those_of_every_day_where_none_are_set(
    registry: FakeRegistry, upstreams: Upstreams, serve: Serve
) -> None:
    upstream = await upstreams.start()
    registry.publish("a", upstream.url)
    registry.publish("login", upstream.url, limit="auth")
    client = await serve()

    read = await client.get("/api/v1/a")
    written = await client.post("/api/v1/a")
    signed_in = await client.post("/api/v1/login")

    assert [one.headers["ratelimit-policy"] for one in (read, written, signed_in)] == [
        '"read";q=600;w=60',
        '"write";q=60;w=60',
        '"auth";q=10;w=60',
    ]


async def test_users_are_counted_one_by_one(orders: Upstream, serve: Serve) -> None:
    client = await serve(LIMIT_WRITE="1/h/user")

    answered = [
        (await client.post("/api/v1/orders", headers=bearer(token(sub=who)))).status_code
        for who in ("alice", "bob", "alice")
    ]

    assert answered == [200, 200, 429]


async def test_without_valkey_a_gateway_counts_for_itself(orders: Upstream, serve: Serve) -> None:
    client = await serve(LIMIT_READ="20/h/ip", REDIS_URL="redis://127.0.0.1:1/0")

    assert await statuses(client, 50, "/api/v1/orders") == {200: 20, 429: 30}


async def test_a_busy_bucket_lends_and_still_admits_exactly_its_quota(valkey: Valkey) -> None:
    rate = Rate("read", 2000, 36000, by_user=False)

    async def admitted(buckets: Buckets, times: int) -> int:
        count = 0
        for _ in range(times):
            taken = buckets.take(rate, "one")
            count += (taken if isinstance(taken, Taken) else await taken).admitted
        return count

    async with valkey, Buckets(valkey) as one, Buckets(valkey) as other:
        counts = [await admitted(one, 1500), await admitted(other, 1500)]
        counts += [await admitted(one, 500), await admitted(other, 500)]

    assert sum(counts) <= 2000
    async with valkey, Buckets(valkey) as last:
        counts.append(await admitted(last, 2000))
    assert sum(counts) == 2000
