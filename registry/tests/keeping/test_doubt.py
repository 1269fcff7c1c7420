from collections.abc import Callable

import pytest
from httpx import AsyncClient, Response

from registry.chassis.application import Application

from tests.chassis.fixtures_service import client_for
from tests.clock import Clock
from tests.conftest import HEADERS
from tests.fleet import Fleet, Ship, broken, hanging
from tests.instance.calls import Document, only_instance, register, renew, services
from tests.waiting import eventually


async def suspect(client: AsyncClient, lease: Document) -> Response:
    return await client.post(f"/instances/{lease['instance_id']}/suspect")


async def launch_slow(fleet: Fleet, client: AsyncClient) -> tuple[Ship, Document]:
    """An instance whose checks hang, and its lease."""
    ship = await fleet.launch()
    ship.answer = hanging
    return ship, await register(client, url=ship.url)


async def until_state(client: AsyncClient, state: str) -> Document:
    return await eventually(lambda: only_instance(client), lambda one: one["state"] == state)


async def test_a_report_only_makes_an_instance_suspect(client: AsyncClient, fleet: Fleet) -> None:
    _, lease = await launch_slow(fleet, client)

    reported = await suspect(client, lease)

    assert reported.status_code == 200
    assert reported.json() == {
        "instance_id": lease["instance_id"],
        "state": "suspect",
        "revision": 2,
    }


async def test_a_suspect_gets_traffic_only_where_nobody_is_healthy(
    client: AsyncClient, fleet: Fleet
) -> None:
    _, lease = await launch_slow(fleet, client)
    other, _ = await launch_slow(fleet, client)
    await suspect(client, lease)

    picked = {(await client.get("/services/orders")).json()["url"] for _ in range(4)}

    assert picked == {other.url}


async def test_a_suspect_that_is_alone_keeps_its_traffic(client: AsyncClient, fleet: Fleet) -> None:
    ship, lease = await launch_slow(fleet, client)
    await suspect(client, lease)

    assert (await client.get("/services/orders")).json()["url"] == ship.url


async def test_a_suspect_is_checked_at_once_and_cleared(client: AsyncClient, fleet: Fleet) -> None:
    ship = await fleet.launch()
    lease = await register(client, url=ship.url)
    await eventually(lambda: only_instance(client), lambda one: one["last_check"])

    await suspect(client, lease)

    await until_state(client, "healthy")
    assert len(ship.calls) == 2


async def test_reports_bring_nobody_down_who_passes_its_checks(
    client: AsyncClient, fleet: Fleet
) -> None:
    lease = await register(client, url=(await fleet.launch()).url)

    states = {(await suspect(client, lease)).json()["state"] for _ in range(20)}

    assert states <= {"suspect", "healthy"}
    await until_state(client, "healthy")


async def test_a_report_does_not_bring_back_who_fails(
    client: AsyncClient, clock: Clock, fleet: Fleet
) -> None:
    ship = await fleet.launch()
    ship.answer = broken
    lease = await register(client, url=ship.url)
    await fail_thrice(client, clock)

    assert (await suspect(client, lease)).json()["state"] == "unhealthy"


async def fail_thrice(client: AsyncClient, clock: Clock) -> None:
    async def failing() -> str:
        clock.advance(0.3)
        return str((await only_instance(client))["state"])

    await eventually(failing, lambda state: state == "unhealthy")


async def test_one_failed_check_does_not_say_who_is_right(
    client: AsyncClient, fleet: Fleet
) -> None:
    ship = await fleet.launch()
    ship.answer = broken
    lease = await register(client, url=ship.url)
    first = await eventually(lambda: only_instance(client), lambda one: one["last_check"])

    await suspect(client, lease)

    second = await eventually(
        lambda: only_instance(client), lambda one: one["last_check"] != first["last_check"]
    )
    assert second["state"] == "suspect"


async def test_reports_make_no_second_check_while_one_is_under_way(
    client: AsyncClient, fleet: Fleet
) -> None:
    _, lease = await launch_slow(fleet, client)

    async def under_way() -> int:
        return fleet.harbour.now

    await eventually(under_way, bool)

    await suspect(client, lease)
    await renew(client, lease)
    other, _ = await launch_slow(fleet, client)
    await eventually(under_way, lambda now: now == 2)

    assert len(other.calls) == 1
    assert fleet.harbour.most == 2


async def test_a_report_on_a_stranger_is_not_found(client: AsyncClient) -> None:
    unknown = await client.post("/instances/nobody/suspect")

    assert unknown.status_code == 404
    assert unknown.json()["code"] == "unknown-instance"


async def states(client: AsyncClient) -> list[str]:
    return [one["state"] for one in (await services(client)).get("orders", [])]


async def register_many(client: AsyncClient, count: int) -> list[Document]:
    return [await register(client, url=f"http://127.0.0.1:{11 + n}") for n in range(count)]


async def test_if_more_than_half_would_vanish_they_become_suspect_and_stay(
    client: AsyncClient, clock: Clock
) -> None:
    await register_many(client, 5)

    clock.advance(90)

    await eventually(lambda: states(client), lambda found: found == ["suspect"] * 5)
    clock.advance(3600)
    await eventually(lambda: preserving(client), lambda told: told)
    assert await states(client) == ["suspect"] * 5


async def preserving(client: AsyncClient) -> bool:
    return "registry_preserves 1.0" in (await client.get("/metrics")).text


async def test_a_heartbeat_ends_the_doubt(client: AsyncClient, clock: Clock) -> None:
    leases = await register_many(client, 5)
    clock.advance(90)
    await eventually(lambda: states(client), lambda found: found == ["suspect"] * 5)

    await renew(client, leases[0])

    await eventually(lambda: states(client), lambda found: found.count("suspect") == 4)


async def test_up_to_half_of_them_are_forgotten(client: AsyncClient, clock: Clock) -> None:
    leases = await register_many(client, 6)
    clock.advance(80)
    for lease in leases[:3]:
        await renew(client, lease)

    clock.advance(10)

    await eventually(lambda: states(client), lambda found: len(found) == 3)


async def test_fewer_than_five_are_not_preserved(client: AsyncClient, clock: Clock) -> None:
    await register_many(client, 4)

    clock.advance(90)

    await eventually(lambda: states(client), lambda found: found == [])
    assert "registry_evictions_total 4.0" in (await client.get("/metrics")).text


async def test_a_restart_gives_every_instance_the_time_to_come_back(
    create_app: Callable[[], Application], bare_environment: pytest.MonkeyPatch
) -> None:
    async with client_for(create_app(), HEADERS) as client:
        lease = await register(client)
        before = (await client.get("/services")).json()["epoch"]
    async with client_for(create_app(), HEADERS) as client:
        told = await renew(client, lease)
        after = (await client.get("/services")).json()["epoch"]

    assert told.status_code == 404
    assert before != after
