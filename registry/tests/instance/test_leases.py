from httpx import AsyncClient

from tests.clock import Clock
from tests.fleet import Fleet, hanging
from tests.instance.calls import (
    NOWHERE,
    only_instance,
    register,
    renew,
    revision,
    services,
    unregister,
)
from tests.waiting import eventually


async def test_a_heartbeat_is_answered_with_the_lease_and_the_revision(
    client: AsyncClient,
) -> None:
    lease = await register(client, ttl=30)

    renewed = await renew(client, lease)

    assert renewed.status_code == 200
    assert renewed.json() == {"revision": 1, "ttl": 30}


async def test_an_unknown_instance_is_told_to_register_again(client: AsyncClient) -> None:
    unknown = await renew(client, {"instance_id": "nobody", "lease_secret": "s"})

    assert unknown.status_code == 404
    assert unknown.json()["code"] == "unknown-instance"
    assert "register again" in unknown.json()["detail"]


async def test_a_wrong_secret_renews_nothing(client: AsyncClient) -> None:
    lease = await register(client)

    refused = await renew(client, lease, lease_secret="guessed")

    assert refused.status_code == 403
    assert refused.json()["code"] == "wrong-secret"


async def test_a_new_lease_ends_the_old_one(client: AsyncClient) -> None:
    old = await register(client)
    new = await register(client)

    assert (await renew(client, old)).status_code == 403
    assert (await renew(client, new)).status_code == 200


async def test_an_instance_without_heartbeats_gets_no_traffic_after_its_ttl(
    client: AsyncClient, clock: Clock
) -> None:
    await register(client, ttl=15)

    clock.advance(14.9)
    before = await only_instance(client)
    clock.advance(0.1)

    assert before["state"] == "healthy"
    await eventually(lambda: only_instance(client), lambda one: one["state"] == "unhealthy")


async def test_a_heartbeat_brings_the_traffic_back(client: AsyncClient, clock: Clock) -> None:
    lease = await register(client, ttl=15)
    clock.advance(20)
    await eventually(lambda: only_instance(client), lambda one: one["state"] == "unhealthy")

    await renew(client, lease)

    await eventually(lambda: only_instance(client), lambda one: one["state"] == "healthy")


async def test_an_instance_that_falls_silent_is_a_new_revision(
    client: AsyncClient, clock: Clock, fleet: Fleet
) -> None:
    ship = await fleet.launch()
    ship.answer = hanging
    await register(client, url=ship.url, ttl=15)
    before = await revision(client)

    clock.advance(15)

    await eventually(lambda: revision(client), lambda now: now == before + 1, seconds=1)


async def test_an_instance_is_forgotten_90_seconds_after_its_last_heartbeat(
    client: AsyncClient, clock: Clock
) -> None:
    lease = await register(client)

    clock.advance(90)

    await eventually(lambda: services(client), lambda known: known == {})
    assert (await renew(client, lease)).status_code == 404


async def test_a_heartbeat_defers_the_eviction(client: AsyncClient, clock: Clock) -> None:
    kept = await register(client, "kept")
    await register(client, "evicted")

    clock.advance(60)
    await renew(client, kept)
    clock.advance(60)

    await eventually(lambda: services(client), lambda known: list(known) == ["kept"])


async def test_passing_checks_do_not_defer_the_eviction(
    client: AsyncClient, clock: Clock, fleet: Fleet
) -> None:
    ship = await fleet.launch()
    await register(client, url=ship.url)
    await eventually(lambda: only_instance(client), lambda one: one["last_check"])
    clock.advance(60)
    await eventually(lambda: only_instance(client), lambda _: len(ship.calls) > 1)

    clock.advance(30)

    await eventually(lambda: services(client), lambda known: known == {})


async def test_an_instance_leaves_by_its_id(client: AsyncClient) -> None:
    lease = await register(client)

    left = await unregister(client, lease)

    assert left.status_code == 200
    assert await services(client) == {}


async def test_an_instance_leaves_by_its_name_and_url(client: AsyncClient) -> None:
    lease = await register(client)
    names = {"name": "orders", "url": NOWHERE, "lease_secret": lease["lease_secret"]}

    left = await client.post("/unregister", json=names)

    assert left.status_code == 200
    assert await services(client) == {}


async def test_a_goodbye_that_names_nobody_is_refused(client: AsyncClient) -> None:
    refused = await client.post("/unregister", json={"name": "orders", "lease_secret": "s"})

    assert refused.status_code == 422


async def test_a_wrong_secret_removes_nothing(client: AsyncClient) -> None:
    lease = await register(client)

    refused = await unregister(client, lease, lease_secret="guessed")

    assert refused.status_code == 403
    assert "orders" in await services(client)


async def test_who_is_unknown_cannot_leave(client: AsyncClient) -> None:
    unknown = await unregister(client, {"instance_id": "nobody", "lease_secret": "s"})

    assert unknown.status_code == 404


async def test_a_goodbye_may_be_said_twice_with_the_right_secret(client: AsyncClient) -> None:
    lease = await register(client)
    await unregister(client, lease)

    again = await unregister(client, lease)
    guessed = await unregister(client, lease, lease_secret="guessed")

    assert again.status_code == 200
    assert guessed.status_code == 403


async def test_a_late_heartbeat_does_not_bring_back_who_left(client: AsyncClient) -> None:
    lease = await register(client)
    await unregister(client, lease)

    late = await renew(client, lease)

    assert late.status_code == 404
    assert await services(client) == {}


async def test_who_left_and_comes_back_is_somebody_new(client: AsyncClient) -> None:
    old = await register(client)
    await unregister(client, old)

    new = await register(client)

    assert new["instance_id"] != old["instance_id"]
    assert (await renew(client, old)).status_code == 404


async def test_a_second_goodbye_does_not_remove_who_came_back(client: AsyncClient) -> None:
    old = await register(client)
    await unregister(client, old)
    await register(client)

    await unregister(client, old)

    assert "orders" in await services(client)


async def test_a_tombstone_crumbles(client: AsyncClient, clock: Clock) -> None:
    lease = await register(client)
    await unregister(client, lease)

    clock.advance(90)

    async def goodbye() -> int:
        return (await unregister(client, lease)).status_code

    await eventually(goodbye, lambda status: status == 404)
