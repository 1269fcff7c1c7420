import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest
from nexios.http import Request, Response
from redis import Redis

from product_service.chassis import ratelimit, valkey
from product_service.chassis.application import Application, Blueprint
from product_service.chassis.context import RawHeaders
from product_service.chassis.features import BLUEPRINT
from product_service.chassis.policy import PUBLIC, Policy, Principal
from product_service.chassis.ratelimit import By, Rate
from product_service.chassis.routing import Router

from .fixtures_service import client_for
from dev.valkey import ValkeyServer, running_valkey

Replicas = Callable[..., Awaitable[httpx.AsyncClient]]

HOURLY = 3600


class NamedCallers:
    """Believes what a header says of the caller."""

    async def admit(
        self, headers: RawHeaders, policy: Policy, *, token: str | None = None
    ) -> Principal | None:
        sub = dict(headers).get(b"x-caller", b"").decode()
        return Principal(sub, frozenset(), None, 0, {}) if sub else None


@pytest.fixture
async def replicas(
    bare_environment: pytest.MonkeyPatch, valkey_settings: dict[str, str]
) -> AsyncIterator[Replicas]:
    """Start replicas of a service whose one route has this rate."""
    bare_environment.setenv("REDIS_URL", valkey_settings["REDIS_URL"])
    async with AsyncExitStack() as stack:

        async def start(rate: Rate, *, authenticated: bool = False) -> httpx.AsyncClient:
            app = Application(Blueprint(BLUEPRINT.name, "test", [valkey, ratelimit]))
            app.include(limited(rate))
            app.authenticator = NamedCallers() if authenticated else None
            return await stack.enter_async_context(client_for(app))

        yield start


def limited(rate: Rate) -> Router:
    router = Router(policy=PUBLIC, rate=rate)

    @router.get("/limited")
    async def limited(request: Request, response: Response) -> Any:
        return {}

    @router.get("/parted", rate=Rate(rate.quota, per=rate.per, name="parted"))
    async def parted(request: Request, response: Response) -> Any:
        return {}

    return router


async def statuses(client: httpx.AsyncClient, count: int, **headers: str) -> list[int]:
    answers = (client.get("/limited", headers=headers) for _ in range(count))
    return [answer.status_code for answer in await asyncio.gather(*answers)]


async def test_as_many_are_admitted_as_the_rate_says_and_no_more(replicas: Replicas) -> None:
    client = await replicas(Rate(37, per=HOURLY))

    answered = await statuses(client, 200)

    assert (answered.count(200), answered.count(429)) == (37, 163)


async def test_replicas_count_together(replicas: Replicas) -> None:
    here, there = await replicas(Rate(37, per=HOURLY)), await replicas(Rate(37, per=HOURLY))

    answered = await asyncio.gather(statuses(here, 100), statuses(there, 100))

    assert answered[0].count(200) + answered[1].count(200) == 37


async def test_a_refusal_says_when_to_come_again(replicas: Replicas) -> None:
    client = await replicas(Rate(1, per=60))
    await client.get("/limited")

    refused = await client.get("/limited")

    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["code"] == "too-many-requests"
    assert refused.json()["detail"] == (
        "1 requests in 60 seconds are allowed; come again in 60 seconds"
    )
    assert refused.headers["retry-after"] == "60"


async def test_every_answer_says_what_is_allowed_and_what_is_left(replicas: Replicas) -> None:
    client = await replicas(Rate(3, per=60))

    first, second = await client.get("/limited"), await client.get("/limited")

    assert first.headers["ratelimit-policy"] == '"default";q=3;w=60'
    assert first.headers["ratelimit"] == '"default";r=2;t=20'
    assert second.headers["ratelimit"] == '"default";r=1;t=20'


async def test_a_token_comes_back_when_its_time_is_over(replicas: Replicas) -> None:
    client = await replicas(Rate(2, per=0.4))
    await statuses(client, 2)
    begun = time.monotonic()

    async with asyncio.timeout(5):
        while (await client.get("/limited")).status_code == 429:
            continue

    assert time.monotonic() - begun < 0.4


async def test_another_name_is_another_bucket(replicas: Replicas) -> None:
    client = await replicas(Rate(1, per=HOURLY))
    await client.get("/limited")

    assert (await client.get("/parted")).status_code == 200


async def test_principals_are_counted_apart(replicas: Replicas) -> None:
    client = await replicas(Rate(1, per=HOURLY, by=By.PRINCIPAL), authenticated=True)

    ann = await statuses(client, 2, **{"x-caller": "ann"})
    bob = await statuses(client, 1, **{"x-caller": "bob"})

    assert sorted(ann) == [200, 429]
    assert bob == [200]


async def test_a_caller_without_a_token_counts_as_its_client(replicas: Replicas) -> None:
    client = await replicas(Rate(1, per=HOURLY, by=By.PRINCIPAL), authenticated=True)

    assert sorted(await statuses(client, 2)) == [200, 429]


async def test_who_a_stranger_says_to_forward_for_is_not_believed(replicas: Replicas) -> None:
    client = await replicas(Rate(1, per=HOURLY))
    await statuses(client, 1, **{"x-forwarded-for": "203.0.113.1"})

    assert await statuses(client, 1, **{"x-forwarded-for": "203.0.113.2"}) == [429]


async def test_clients_of_a_trusted_proxy_are_counted_apart(
    bare_environment: pytest.MonkeyPatch, replicas: Replicas
) -> None:
    bare_environment.setenv("TRUSTED_PROXIES", "10.0.0.0/8, 127.0.0.0/8")
    client = await replicas(Rate(1, per=HOURLY))

    one = await statuses(client, 2, **{"x-forwarded-for": "203.0.113.1"})
    other = await statuses(client, 1, **{"x-forwarded-for": "203.0.113.2"})

    assert sorted(one) == [200, 429]
    assert other == [200]


async def test_what_a_client_forged_before_a_trusted_proxy_is_not_believed(
    bare_environment: pytest.MonkeyPatch, replicas: Replicas
) -> None:
    bare_environment.setenv("TRUSTED_PROXIES", "127.0.0.1/32")
    client = await replicas(Rate(1, per=HOURLY))
    await statuses(client, 1, **{"x-forwarded-for": "198.51.100.1, 203.0.113.1"})

    assert await statuses(client, 1, **{"x-forwarded-for": "198.51.100.2, 203.0.113.1"}) == [429]


async def test_a_bucket_that_is_full_again_leaves_nothing_behind(
    replicas: Replicas, valkey_url: str
) -> None:
    client = await replicas(Rate(1, per=HOURLY))
    await client.get("/limited")

    with Redis.from_url(valkey_url) as valkey:
        [bucket] = valkey.keys("rate:*")
        assert 0 < valkey.ttl(bucket) <= HOURLY


@pytest.fixture
async def server() -> AsyncIterator[ValkeyServer]:
    """A Valkey of this test's own, to stop and start."""
    async with running_valkey() as server:
        yield server


async def test_without_valkey_each_replica_counts_for_itself(
    bare_environment: pytest.MonkeyPatch, replicas: Replicas, server: ValkeyServer
) -> None:
    bare_environment.setenv("REDIS_URL", server.url)
    here, there = await replicas(Rate(5, per=HOURLY)), await replicas(Rate(5, per=HOURLY))

    await server.stop()
    answered = [await statuses(here, 20), await statuses(there, 20)]

    assert [some.count(200) for some in answered] == [5, 5]


async def test_verdicts_are_counted(replicas: Replicas) -> None:
    client = await replicas(Rate(1, per=HOURLY))
    await statuses(client, 3)

    metrics = (await client.get("/metrics")).text

    assert 'ratelimit_requests_total{counted="together",verdict="admitted"} 1.0' in metrics
    assert 'ratelimit_requests_total{counted="together",verdict="refused"} 2.0' in metrics


def test_a_rate_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1 request"):
        Rate(0, per=60)


def test_a_proxy_that_is_no_network_stops_the_start(bare_environment: pytest.MonkeyPatch) -> None:
    bare_environment.setenv("TRUSTED_PROXIES", "proxy.example")

    with pytest.raises(Exception, match="TRUSTED_PROXIES"):
        Application(Blueprint(BLUEPRINT.name, "test", []))
