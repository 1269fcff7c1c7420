"""Services are found by their names, also while the registry is away."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from aiohttp import web

from gateway.chassis import client as feature
from gateway.chassis.application import Application, Blueprint
from gateway.chassis.features import BLUEPRINT

from .fixtures_client import (
    TAKEN,
    Caller,
    CallerOf,
    Upstream,
    UpstreamOf,
    says,
)


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


async def test_whoever_took_the_place_of_all_who_are_known_is_found_within_the_call(
    caller_of: CallerOf, upstream_of: UpstreamOf, registry: FakeRegistry
) -> None:
    before, after = await upstream_of(says(200)), await upstream_of(says(200))
    registry.put("order-service", before)
    caller = await caller_of(CLIENT_REFRESH_SECONDS="300")
    await until_called(caller, "order-service", 200)

    registry.put("order-service", after)
    await before.stop()

    assert (await caller.http.get("/of/order-service")).status_code == 200
    assert len(after.requests) == 1


async def test_a_service_without_a_healthy_instance_is_unavailable(
    caller_of: CallerOf, upstream_of: UpstreamOf, registry: FakeRegistry
) -> None:
    registry.put("order-service", await upstream_of(says(200)), state="unhealthy")
    caller = await caller_of()

    answered = await caller.http.get("/of/order-service")

    assert answered.status_code == 503
    assert answered.json()["detail"] == "no healthy instance of order-service is known"


async def test_a_service_that_was_not_there_is_looked_for_again_before_the_next_refresh(
    caller_of: CallerOf, upstream_of: UpstreamOf, registry: FakeRegistry
) -> None:
    caller = await caller_of(CLIENT_REFRESH_SECONDS="300")
    await until_called(caller, "order-service", 503)

    registry.put("order-service", await upstream_of(says(200)))

    await until_called(caller, "order-service", 200)


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
