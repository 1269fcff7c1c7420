import asyncio
from collections.abc import Callable

import pytest
from aiohttp import web
from httpx import AsyncClient

from registry.chassis.application import Application
from registry.settings import CheckSettings, LeaseSettings

from tests.chassis.fixtures_service import client_for
from tests.clock import Clock
from tests.conftest import HEADERS
from tests.fleet import Fleet, Ship, broken, fine, hanging
from tests.instance.calls import NOWHERE, Document, only_instance, register, services, unregister
from tests.waiting import eventually


async def checked(client: AsyncClient) -> Document:
    """The only instance, once it has been checked."""
    return await eventually(lambda: only_instance(client), lambda one: one["last_check"])


async def check_again(client: AsyncClient, clock: Clock, ship: Ship) -> Document:
    """The only instance after one more check of it; its lease is long."""
    before = (await only_instance(client))["last_check"]
    clock.advance(0.3)
    return await eventually(lambda: only_instance(client), lambda one: one["last_check"] != before)


async def test_a_new_instance_is_usable_at_once(client: AsyncClient) -> None:
    await register(client)

    assert (await client.get("/services/orders")).json()["url"] == NOWHERE


async def test_a_new_instance_is_checked_at_once(client: AsyncClient, fleet: Fleet) -> None:
    ship = await fleet.launch()

    await register(client, url=ship.url, health_check="/health/ready?full")

    assert (await checked(client))["last_check"]["outcome"] == "passed"
    assert ship.calls == ["/health/ready"]


async def test_the_time_of_the_last_check_is_told_in_utc(client: AsyncClient, fleet: Fleet) -> None:
    await register(client, url=(await fleet.launch()).url)

    assert (await checked(client))["last_check"]["at"].endswith("Z")


async def test_three_failed_checks_in_a_row_end_the_traffic(
    client: AsyncClient, clock: Clock, fleet: Fleet
) -> None:
    ship = await fleet.launch()
    ship.answer = broken
    await register(client, url=ship.url)

    first = await checked(client)
    second = await check_again(client, clock, ship)
    third = await check_again(client, clock, ship)

    states = [first["state"], second["state"], third["state"]]
    assert states == ["healthy", "healthy", "unhealthy"]
    assert len(ship.calls) == 3


async def test_two_passed_checks_in_a_row_bring_it_back(
    client: AsyncClient, clock: Clock, fleet: Fleet
) -> None:
    ship = await fleet.launch()
    ship.answer = broken
    await register(client, url=ship.url)
    await checked(client)
    await check_again(client, clock, ship)
    await check_again(client, clock, ship)

    ship.answer = fine
    first = await check_again(client, clock, ship)
    second = await check_again(client, clock, ship)

    assert [first["state"], second["state"]] == ["unhealthy", "healthy"]


async def outcome_of(client: AsyncClient, url: str) -> str:
    await register(client, url=url)
    outcome: str = (await checked(client))["last_check"]["outcome"]
    return outcome


async def test_an_instance_where_nobody_listens_is_unreachable(client: AsyncClient) -> None:
    assert await outcome_of(client, NOWHERE) == "unreachable"


async def test_a_redirect_is_not_followed(client: AsyncClient, fleet: Fleet) -> None:
    ship, target = await fleet.launch(), await fleet.launch()

    async def elsewhere() -> web.StreamResponse:
        return web.Response(status=302, headers={"location": target.url})

    ship.answer = elsewhere

    assert await outcome_of(client, ship.url) == "bad-status"
    assert target.calls == []


async def test_an_answer_of_more_than_64_kib_fails(client: AsyncClient, fleet: Fleet) -> None:
    ship = await fleet.launch()

    async def endless() -> web.StreamResponse:
        return web.Response(body=b"x" * (64 * 1024 + 1))

    ship.answer = endless

    assert await outcome_of(client, ship.url) == "too-large"


async def test_an_answer_that_takes_too_long_fails(
    create_app: Callable[[], Application], bare_environment: pytest.MonkeyPatch, fleet: Fleet
) -> None:
    bare_environment.setenv("CHECK_TIMEOUT_SECONDS", "0.1")
    ship = await fleet.launch()
    ship.answer = hanging
    async with client_for(create_app(), HEADERS) as client:
        assert await outcome_of(client, ship.url) == "slow"


async def test_slow_checks_run_side_by_side_up_to_the_limit(
    create_app: Callable[[], Application], bare_environment: pytest.MonkeyPatch, fleet: Fleet
) -> None:
    bare_environment.setenv("CHECK_CONCURRENCY", "3")
    bare_environment.setenv("CHECK_TIMEOUT_SECONDS", "0.1")
    ships = [await fleet.launch() for _ in range(9)]
    async with client_for(create_app(), HEADERS) as client:
        for ship in ships:
            ship.answer = hanging
            await register(client, url=ship.url)

        await eventually(lambda: services(client), lambda known: all_checked(known["orders"]))

    assert fleet.harbour.most == 3


async def test_checks_that_began_together_drift_apart(
    client: AsyncClient, clock: Clock, fleet: Fleet
) -> None:
    ship = await fleet.launch()
    for number in range(40):
        await register(client, f"orders-{number}", url=ship.url)

    async def calls() -> int:
        return len(ship.calls)

    await eventually(calls, lambda made: made == 40)

    clock.advance(0.199)  # a moment less than all of them would wait for without jitter

    await eventually(calls, lambda made: made > 40)


def all_checked(instances: list[Document]) -> bool:
    return all(one["last_check"] for one in instances)


async def test_a_check_that_hangs_keeps_no_call_waiting(client: AsyncClient, fleet: Fleet) -> None:
    ship = await fleet.launch()
    ship.answer = hanging
    lease = await register(client, url=ship.url)

    async def under_way() -> int:
        return fleet.harbour.now

    await eventually(under_way, lambda now: now == 1)

    async with asyncio.timeout(1):
        await client.get("/services/orders")
        await services(client)
        await register(client, url=NOWHERE)
        await unregister(client, lease)

    assert fleet.harbour.now == 1


async def test_a_late_check_does_not_bring_back_who_left(client: AsyncClient, fleet: Fleet) -> None:
    ship = await fleet.launch()
    answered = asyncio.Event()

    async def late() -> web.StreamResponse:
        await answered.wait()
        return web.Response()

    ship.answer = late
    lease = await register(client, url=ship.url)
    await unregister(client, lease)

    answered.set()

    async def passed() -> bool:
        return 'registry_checks_total{outcome="passed"} 1.0' in (await client.get("/metrics")).text

    await eventually(passed, lambda counted: counted)
    assert await services(client) == {}


async def test_the_service_is_ready_while_its_checks_run(client: AsyncClient) -> None:
    ready = (await client.get("/health/ready")).json()

    assert ready["status"] == "ok"
    assert set(ready["checks"]) >= {"instances", "checks"}


def test_the_clocks_are_those_of_every_day_where_none_are_set(
    bare_environment: pytest.MonkeyPatch,
) -> None:
    leases, checks = LeaseSettings(), CheckSettings()

    assert (leases.lease_seconds, leases.evict_seconds) == (15, 90)
    assert (checks.interval_seconds, checks.timeout_seconds) == (5, 2)
    assert (checks.rise, checks.fall) == (2, 3)
